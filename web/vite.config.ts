import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API: `npm run dev:api`, or a real fleet-service. */
const API_FOR_DEVELOPMENT = 'http://127.0.0.1:8790';

export default defineConfig({
  plugins: [react()],
  build: {
    // Office PCs run browsers with old Chromium cores; MapLibre 6 needs WebGL2, which these have.
    target: ['chrome90', 'firefox90', 'safari15'],
    // The map is a chunk of its own (1 MB): lists and the black list never wait for it.
    chunkSizeWarningLimit: 1200,
    // A data: URL in a style sheet would need `font-src data:` or more in the content security policy.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': API_FOR_DEVELOPMENT, '/blacklist': API_FOR_DEVELOPMENT, '/feed': API_FOR_DEVELOPMENT },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
