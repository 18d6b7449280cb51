// The last requests, for a page that shows them.
const requests = [];

export function remember(request) {
  requests.push(request);
  if (requests.length > 20) requests.shift();
}
