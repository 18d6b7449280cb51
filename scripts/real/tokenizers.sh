# The part `tokenizers` of real.sh, which sources this.
# shellcheck shell=sh disable=SC2154 # the variables are those of real.sh

# encode_on THREADS BATCHES: the command that encodes on so many threads, behind an environment.
encode_on() {
    parallel=true
    [ "$1" -gt 1 ] || parallel=false
    echo "TOKENIZERS_PARALLELISM=$parallel RAYON_NUM_THREADS=$1 node --expose-gc tokenizers.mjs encode $chunks $2"
}

words_of() { # THREADS
    if [ "$1" -eq 1 ]; then echo "1 thread"; else echo "$1 threads"; fi
}

# The throughput, by pairs of whole processes: loading takes less than a second of each.
time_tokenizers() { # THREADS
    threads=$1
    set --
    for name in $list; do
        set -- "$@" "$name=cd '$folder_work' && ENDS=1 exec env $(preload_of "$name") $(encode_on "$threads" "$timed")"
    done
    step "tokenizers-$threads-time" latest "$tidemark" time --name "tokenizers on $(words_of "$threads")" \
        --rounds "${REPEAT:-6}" --memory "$memory" --timeout 1800 "$@" >/dev/null
    say "its report: $folder/latest/report.md"
}

watch_tokenizers() { # THREADS
    threads=$1
    run="$(words_of "$threads"), $batches batches of $chunks"
    half="batch $(((batches + 1) / 2))"
    set -- --command "tokenizers on $(words_of "$threads")=cd '$folder_work' && exec env STATUS=status.jsonl RUN='$run' $(encode_on "$threads" "$batches")"
    for name in $list; do
        [ "$name" = glibc ] || set -- "$@" --preload "$name"
    done
    step "tokenizers-$threads-memory" latest-watch "$tidemark" watch --hide-output --timeout 1800 \
        --checkpoint "$half=^$half\$" --until '^WORK DONE' --idle "0,$idle" --rounds "${REPEAT:-3}" "$@" >/dev/null
    say "its report: $folder/latest-watch/report.md"
}

tokenizers() {
    list=$(allocators)
    need_hyperfine
    folder_work=$work/tokenizers
    install "$here/tokenizers" "$folder_work" "7 MB"
    cp "$here/tokenizers.mjs" "$folder_work/"
    (cd "$folder_work" && node tokenizers.mjs vocabulary) || fail "the vocabulary cannot be made into tokenizer.json"
    chunks=${CHUNKS:-999} batches=${BATCHES:-50} timed=${TIMED:-10} idle=${IDLE:-1,10}
    thread_counts=${THREADS:-1 $(nproc)}
    # 3 MiB/s on one thread, and what node, warm memory and the look at memory take
    seconds=0
    for threads in $thread_counts; do
        batch_ms=$((chunks * 7 / 3 / threads))
        # shellcheck disable=SC2086 # the allocators are words
        seconds=$((seconds + $(count $list) * (${REPEAT:-6} * $(conditions) * (timed * batch_ms / 1000 + 5) + ${REPEAT:-3} * (batches * batch_ms / 1000 + $(last_of "$idle") + 4))))
    done
    announce $seconds "tokenizers encode batches of $chunks texts on $thread_counts threads, $timed timed, memory after $batches, on: $list"
    set --
    for threads in $thread_counts; do
        time_tokenizers "$threads"
        set -- "$@" "$threads" "$folder/latest"
        watch_tokenizers "$threads"
        set -- "$@" "$folder/latest-watch"
    done
    "$tidemark" list allocators --tsv >"$folder_work/allocators.tsv"
    node "$here/tradeoff.mjs" "$folder_work" "$chunks" "$timed" "$batches" "$idle" "$output/real/tokenizers" "$@"
    gnuplot -e "share='$(CDPATH='' cd -- "$build" && pwd)/share/plots'; format='svg'; base='$output/real/tokenizers'" \
        "$here/tradeoff.gp" || fail "gnuplot drew no plot of $output/real/tokenizers.dat"
    say "the picture: $output/real/tokenizers.svg"
}
