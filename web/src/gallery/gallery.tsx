// The second view: all captures by day, newest first, loaded as they are scrolled to.
import { useEffect, useRef, useState } from 'react';
import { messageOf } from '../api/errors';
import { hasMore } from '../lib/capture_list';
import { count } from '../lib/format';
import { groupByDay } from '../lib/group';
import { useDeletions } from '../state/deletions';
import { loadMore, useCaptures, type Filter } from '../state/queries';
import { useNow } from '../state/use_now';
import { Empty } from '../ui/empty';
import { Icon } from '../ui/icons';
import styles from './gallery.module.css';
import { CaptureTile } from './tile';

const FILTERS: { value: Filter; label: string; noun: string }[] = [
  { value: 'all', label: 'All', noun: 'capture' },
  { value: 'screenshot', label: 'Screenshots', noun: 'screenshot' },
  { value: 'clip', label: 'Clips', noun: 'clip' },
];

export function Gallery({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const list = useCaptures(filter);
  const { hidden } = useDeletions();
  const known = list.data?.captures ?? [];
  const captures = known.filter((capture) => !hidden.has(capture.id));
  const total = (list.data?.total ?? 0) - (known.length - captures.length);
  const noun = FILTERS.find(({ value }) => value === filter)?.noun ?? 'capture';
  return (
    <section aria-labelledby="gallery-heading" aria-busy={list.isPending}>
      <div className={styles.head}>
        <h1 id="gallery-heading">Gallery</h1>
        <p className={styles.total} role="status">
          {list.data !== undefined && count(total, noun)}
        </p>
        <FilterChoice filter={filter} onFilter={onFilter} />
      </div>
      {list.data === undefined && !list.isError && <div className={styles.loading}>Loading…</div>}
      {list.data !== undefined && captures.length === 0 && !hasMore(list.data) && <NoCaptures filter={filter} />}
      <Days captures={captures} stale={list.isError} />
      {list.data !== undefined && hasMore(list.data) && <More key={filter} filter={filter} known={known.length} />}
    </section>
  );
}

function FilterChoice({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  return (
    <div className={styles.filters} role="group" aria-label="Show">
      {FILTERS.map(({ value, label }) => (
        <button key={value} type="button" aria-pressed={value === filter} onClick={() => onFilter(value)}>
          {label}
        </button>
      ))}
    </div>
  );
}

function Days({ captures, stale }: { captures: Parameters<typeof groupByDay>[0]; stale: boolean }) {
  const now = useNow(60_000);
  return groupByDay(captures, now).map(({ day, captures: ofDay }) => (
    <section key={day} className={styles.day} aria-label={day} data-stale={stale || undefined}>
      <h2>{day}</h2>
      <ul className={styles.grid}>
        {ofDay.map((capture) => (
          <CaptureTile key={capture.id} capture={capture} />
        ))}
      </ul>
    </section>
  ));
}

function NoCaptures({ filter }: { filter: Filter }) {
  if (filter === 'clip') {
    return (
      <Empty icon="clip" title="No clips yet">
        <p>While something plays, tap Clip on <a href="#now">Now playing</a> to keep its last seconds or minutes.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="camera" title={filter === 'all' ? 'No captures yet' : 'No screenshots yet'}>
      <p>While something plays, tap Screenshot on <a href="#now">Now playing</a>. The picture appears here.</p>
    </Empty>
  );
}

/** Loads the next page when it comes into sight; the button is there for keyboards, and after an error. */
function More({ filter, known }: { filter: Filter; known: number }) {
  const button = useRef<HTMLButtonElement>(null);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function load() {
    setLoading(true);
    setError(null);
    try {
      await loadMore(filter);
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setLoading(false);
    }
  }

  useEffect(() => {
    if (loading || error !== null || button.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void load();
      },
      { rootMargin: '600px' },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
    // `known` starts the watch anew after each page: a tall screen may need several.
  }, [loading, error, known]);

  return (
    <div className={styles.more}>
      {error !== null && <p role="alert">{error}</p>}
      <button ref={button} type="button" className="button" onClick={() => void load()} disabled={loading}>
        {error === null ? <Icon name="down" /> : <Icon name="retry" />}
        {loading ? 'Loading…' : 'Load more'}
      </button>
    </div>
  );
}
