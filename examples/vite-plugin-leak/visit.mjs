// Visits the page as a browser does: it, and every module that it leads to.
const address = 'http://127.0.0.1:5391';
const seen = new Set(['/']);

for (const path of seen) {
  const response = await fetch(address + path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const text = await response.text();
  for (const [, next] of text.matchAll(/(?:from |import |src=)"(\/[^"]*)"/g)) seen.add(next);
}
if (seen.size < 300) throw new Error(`only ${seen.size} modules: is the application generated?`);
