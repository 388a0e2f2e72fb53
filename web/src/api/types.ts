// Short names for the types that are generated from api/openapi.yaml (npm run generate).
import type { components } from './schema';

type Schemas = components['schemas'];

export type Capture = Schemas['Capture'];
export type CaptureType = Schemas['CaptureType'];
export type ClipRequest = Schemas['ClipRequest'];
export type Health = Schemas['Health'];
export type MediaServerHealth = Schemas['MediaServerHealth'];
export type PlaybackSession = Schemas['PlaybackSession'];
export type Problem = Schemas['Problem'];
export type ScreenshotRequest = Schemas['ScreenshotRequest'];
export type Source = Schemas['Source'];
