// What media servers are called on the page.
import type { MediaServerHealth, Source } from '../api/types';

export const SOURCE_NAMES: Record<Source, string> = { plex: 'Plex', jellyfin: 'Jellyfin', emby: 'Emby' };

/** The configured name, or the product's name where the two are the same. */
export function serverName({ name, source }: Pick<MediaServerHealth, 'name' | 'source'>): string {
  return name.toLowerCase() === source ? SOURCE_NAMES[source] : name;
}
