// A view: all captures by day, newest first, loaded as they are scrolled to.
import { useEffect, useRef } from 'react';
import { messageOf } from '../../api/errors';
import { count } from '../../lib/format';
import { useStore } from '../../lib/store';
import { useNow } from '../../lib/useNow';
import { EmptyState } from '../../ui/EmptyState';
import { Icon } from '../../ui/Icon';
import { CaptureTile } from './CaptureTile';
import styles from './Gallery.module.css';
import { galleryFilter } from './galleryFilter';
import { groupByDay } from './groupByDay';
import type { Filter, useCaptures } from './useCaptures';
import { useVisibleCaptures } from './useVisibleCaptures';

const FILTERS: { value: Filter; label: string; noun: string }[] = [
  { value: 'all', label: 'All', noun: 'capture' },
  { value: 'screenshot', label: 'Screenshots', noun: 'screenshot' },
  { value: 'clip', label: 'Clips', noun: 'clip' },
];

export function Gallery() {
  const filter = useStore(galleryFilter);
  const { query, captures, total } = useVisibleCaptures(filter);
  const noun = FILTERS.find(({ value }) => value === filter)?.noun ?? 'capture';
  return (
    <section aria-labelledby="gallery-heading" aria-busy={query.isPending}>
      <div className={styles.head}>
        <h1 id="gallery-heading">Gallery</h1>
        <p className={styles.total} role="status">
          {query.data !== undefined && count(total, noun)}
        </p>
        <FilterChoice filter={filter} />
      </div>
      {query.isLoading && <div className={styles.loading}>Loading…</div>}
      {query.data !== undefined && captures.length === 0 && !query.hasNextPage && <NoCaptures filter={filter} />}
      <Days captures={captures} stale={query.isRefetchError} />
      {query.hasNextPage && <LoadMore key={filter} query={query} />}
    </section>
  );
}

function FilterChoice({ filter }: { filter: Filter }) {
  return (
    <div className={styles.filters} role="group" aria-label="Show">
      {FILTERS.map(({ value, label }) => (
        <button key={value} type="button" aria-pressed={value === filter} onClick={() => galleryFilter.set(value)}>
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
      <EmptyState icon="clip" title="No clips yet">
        <p>While something plays, tap Clip on <a href="#now">Now playing</a> to keep its last seconds or minutes.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="camera" title={filter === 'all' ? 'No captures yet' : 'No screenshots yet'}>
      <p>While something plays, tap Screenshot on <a href="#now">Now playing</a>. It appears here.</p>
    </EmptyState>
  );
}

/** Loads the next page when it comes into sight; the button is there for keyboards, and after an error. */
function LoadMore({ query }: { query: ReturnType<typeof useCaptures> }) {
  const { fetchNextPage, isFetchingNextPage, isFetchNextPageError, error, data } = query;
  const button = useRef<HTMLButtonElement>(null);
  const loaded = data?.captures.length;

  useEffect(() => {
    if (isFetchingNextPage || isFetchNextPageError || button.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void fetchNextPage();
      },
      { rootMargin: '600px' },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
    // `loaded` starts a new observation after each page: a tall screen may need several.
  }, [isFetchingNextPage, isFetchNextPageError, fetchNextPage, loaded]);

  return (
    <div className={styles.more}>
      {isFetchNextPageError && <p role="alert">{messageOf(error)}</p>}
      <button ref={button} type="button" className="button" onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
        <Icon name={isFetchNextPageError ? 'retry' : 'down'} />
        {isFetchingNextPage ? 'Loading…' : 'Load more'}
      </button>
    </div>
  );
}
