// Builds the page into dist/ (or MATINEE_WEB_OUT). Everything is addressed relative to index.html, so that the same files work
// under any BASE_PATH. The API document and its readable page are built along with it, from ../api/openapi.yaml.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { apiDocs } from './build_plugins/apiDocs';

// `npm run dev` shows the page with live reload, and passes everything else on to a running Matinee.
const apiServer = process.env.MATINEE_URL ?? 'http://127.0.0.1:8787';

export default defineConfig({
  base: './',
  plugins: [react(), apiDocs(new URL('../api/openapi.yaml', import.meta.url))],
  build: {
    outDir: process.env.MATINEE_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // data: addresses in scripts or styles would need a wider content security policy.
    assetsInlineLimit: 0,
  },
  // The Host header stays the browser's, or Matinee would refuse what the page changes as another site's.
  server: { proxy: { '/api': { target: apiServer }, '/captures': { target: apiServer } } },
  test: { environment: 'node', testTimeout: 60_000, include: ['src/**/*.test.{ts,tsx}', 'build_plugins/**/*.test.ts'] },
});
