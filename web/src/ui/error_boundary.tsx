import { Component, type ReactNode } from 'react';

/** Shows a way on instead of an empty page when the page itself has a fault. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="fault" role="alert">
        <h1>This page has stumbled</h1>
        <p>Captures are safe on the server.</p>
        <button type="button" className="button button-primary" onClick={() => window.location.reload()}>
          Load it again
        </button>
      </main>
    );
  }
}
