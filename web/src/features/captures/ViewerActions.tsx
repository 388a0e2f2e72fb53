// What can be done with a capture: download, copy its link, share it, delete it.
import { useEffect, useRef, useState } from 'react';
import { downloadUrl } from '../../api/client';
import type { Capture } from '../../api/types';
import { Icon } from '../../ui/Icon';
import { showToast } from '../../ui/toastStore';
import styles from './Viewer.module.css';

export function ViewerActions({ capture, onDelete }: { capture: Capture; onDelete: () => void }) {
  const [linkShown, setLinkShown] = useState(false);
  const complete = capture.status === 'complete';
  const link = new URL(capture.file_url, document.baseURI).href;

  async function copyLink() {
    // Only secure contexts have the clipboard. On plain http the link is shown instead, selected for copying.
    try {
      await navigator.clipboard.writeText(link);
      showToast({ tone: 'info', text: 'Link copied' });
    } catch {
      setLinkShown(true);
    }
  }

  return (
    <div className={styles.foot}>
      {linkShown && <LinkField link={link} />}
      <div className={styles.actions}>
        {complete && (
          <>
            <a className="button button-download" href={downloadUrl(capture)} download title="Download (d)">
              <Icon name="download" /> <span>Download</span>
            </a>
            <button type="button" className="button" onClick={() => void copyLink()}>
              <Icon name="link" /> <span>Copy link</span>
            </button>
            <ShareButton capture={capture} link={link} />
          </>
        )}
        <button type="button" className="button button-delete" onClick={onDelete} title="Delete (Delete key)">
          <Icon name="trash" /> <span>Delete</span>
        </button>
      </div>
    </div>
  );
}

function LinkField({ link }: { link: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
    // Deprecated, but browsers that still have it need no secure context.
    setCopied(document.execCommand('copy'));
  }, []);
  return (
    <div className={styles.link}>
      <input ref={field} type="text" readOnly value={link} aria-label="Link" onFocus={(event) => event.target.select()} />
      <span role="status">{copied ? 'Copied' : 'Copy it from here'}</span>
    </div>
  );
}

/** The phone's share sheet, with the file itself where it takes files. Hidden where there is none. */
function ShareButton({ capture, link }: { capture: Capture; link: string }) {
  // The tap's permission to open the sheet may expire during loading; the file is kept for the next tap.
  const loaded = useRef<File | null>(null);
  const [loading, setLoading] = useState(false);
  if (typeof navigator.share !== 'function') return null;

  async function share() {
    setLoading(true);
    try {
      loaded.current ??= await loadFile(capture);
      const withFile = { files: [loaded.current], title: capture.media_title };
      await navigator.share(navigator.canShare?.(withFile) ? withFile : { url: link, title: capture.media_title });
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      if (name === 'AbortError') return;
      const text = name === 'NotAllowedError' ? 'Ready. Tap Share once more.' : 'It could not be shared. Download it instead.';
      showToast({ tone: name === 'NotAllowedError' ? 'info' : 'error', text });
    } finally {
      setLoading(false);
    }
  }

  return (
    <button type="button" className="button" onClick={() => void share()} disabled={loading}>
      <Icon name="share" /> <span>{loading ? 'Loading…' : 'Share'}</span>
    </button>
  );
}

async function loadFile(capture: Capture): Promise<File> {
  const response = await fetch(capture.file_url);
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const extension = capture.file_name.slice(capture.file_name.lastIndexOf('.'));
  const name = capture.media_title.replace(/[\\/:*?"<>|]/g, ' ').trim();
  return new File([await response.blob()], `${name}${extension}`, { type: capture.content_type });
}
