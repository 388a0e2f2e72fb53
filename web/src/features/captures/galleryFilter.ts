import { Store } from '../../lib/store';
import type { Filter } from './useCaptures';

/** The filter of the gallery. It survives a visit to another view, and the viewer steps through what it shows. */
export const galleryFilter = new Store<Filter>('all');
