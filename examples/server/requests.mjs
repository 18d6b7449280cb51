// The last requests, for a page that shows them.
const KEPT = 20;
const requests = [];

export function remember(request) {
  requests.push(request);
  if (requests.length > KEPT) requests.shift();
}
