import banner from './banner.mjs';

export default {
  plugins: [banner()],
  server: { host: '127.0.0.1', port: 5391, strictPort: true, watch: null },
};
