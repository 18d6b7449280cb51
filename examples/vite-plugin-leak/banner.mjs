// A plugin that names each module in its first line.
export default function banner() {
  return {
    name: 'banner',
    transform(code, id) {
      if (id.includes('/src/')) return { code: `/* ${id.split('/').pop()} */${code}`, map: null };
    },
  };
}
