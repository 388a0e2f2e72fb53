// The server's clock as seen from this device. A phone's clock is often seconds off, and a screenshot that is seconds off shows
// the wrong frame, so the difference is measured with every health answer (as NTP does, from one round trip).

/** Longer round trips measure the other clock too roughly to time a tap. */
export const ROUND_TRIP_MS_MAX = 1000;
/** Clocks drift; an older measurement is not trusted. Health is asked every few seconds while the page is visible. */
export const SAMPLE_AGE_MS_MAX = 5 * 60 * 1000;
/** Enough to contain a quick round trip. */
export const SAMPLES_MAX = 12;

export interface ClockSample {
  /** Server's clock minus this device's; true to within half the round trip. */
  offset_ms: number;
  round_trip_ms: number;
  taken_at_ms: number;
}

export class ServerClock {
  private samples: ClockSample[] = [];

  /** `serverTime` was read by the server somewhere between `sentAt` and `receivedAt` of this device's clock. */
  observe(serverTime: string, sentAt: number, receivedAt: number): void {
    const serverMs = Date.parse(serverTime);
    const roundTrip = receivedAt - sentAt;
    if (Number.isNaN(serverMs) || roundTrip < 0) return;
    const sample = { offset_ms: serverMs - (sentAt + receivedAt) / 2, round_trip_ms: roundTrip, taken_at_ms: receivedAt };
    // Measurements whose ranges do not meet cannot both be true: one of the clocks was set since, so the older ones go.
    const agreeing = this.samples.filter(
      (old) => Math.abs(old.offset_ms - sample.offset_ms) <= (old.round_trip_ms + roundTrip) / 2 + 50,
    );
    this.samples = [...agreeing, sample].slice(-SAMPLES_MAX);
  }

  /** The difference in milliseconds by the quickest recent round trip, or null when it is not known well enough. */
  offset(now: number): number | null {
    let best: ClockSample | null = null;
    for (const sample of this.samples) {
      const age = now - sample.taken_at_ms;
      if (age < 0 || age > SAMPLE_AGE_MS_MAX || sample.round_trip_ms > ROUND_TRIP_MS_MAX) continue;
      if (best === null || sample.round_trip_ms <= best.round_trip_ms) best = sample;
    }
    return best?.offset_ms ?? null;
  }

  /** The server's time now, as it goes into a request's `at`; undefined when it is not known well enough. */
  isoTime(now: number): string | undefined {
    const offset = this.offset(now);
    return offset === null ? undefined : new Date(now + offset).toISOString();
  }
}

/** The page's one measurement of the server's clock; health answers feed it. */
export const serverClock = new ServerClock();
