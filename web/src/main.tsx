// The shared rules come first, so that the components' own rules win over them.
import './base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { startLiveEvents } from './features/live/startLiveEvents';
import { queryClient } from './lib/queryClient';
import { ErrorBoundary } from './ui/ErrorBoundary';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

startLiveEvents();

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
