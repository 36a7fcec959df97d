/** Moving through a track: by point, by minute, by playing. The cursor is a moment, not an index. */
import { useEffect, useRef, useState } from 'react';
import type { EpochMs } from '../api/types';
import { clock } from '../format/time';
import { useTexts } from '../i18n/define';
import type { Shortcuts } from '../ui/shortcuts';
import type { Fix } from './api';
import { indexAt } from './shape';
import { texts } from './texts';

export const PACES = [1, 2, 4, 8] as const;
type Pace = (typeof PACES)[number];
/** Seconds of the track a second of playing shows at pace 1. */
const PLAYED_S = 10;
/** How often the cursor is moved while playing. */
const TICK_MS = 100;

export interface Player {
  cursor: EpochMs;
  setCursor: (at: EpochMs) => void;
  /** The fix at the cursor. */
  fix: Fix | null;
  playing: boolean;
  setPlaying: (on: boolean) => void;
  pace: Pace;
  setPace: (pace: Pace) => void;
  keys: Shortcuts;
}

/** `subject`: another one begins anew at `start`. */
export function usePlayer(points: readonly Fix[], from: EpochMs, to: EpochMs, start: EpochMs, subject: string): Player {
  const [state, setState] = useState({ subject, cursor: start, playing: false });
  const [pace, setPace] = useState<Pace>(1);
  const here = state.subject === subject ? state : { subject, cursor: start, playing: false };
  const latest = useRef(here);
  latest.current = here;
  const set = (change: Partial<typeof here>) => setState({ ...latest.current, ...change });
  const clamp = (at: EpochMs) => Math.min(to, Math.max(from, at));
  const setCursor = (at: EpochMs) => set({ cursor: clamp(at) });

  useEffect(() => {
    if (!here.playing) return;
    const timer = setInterval(() => {
      const next = latest.current.cursor + PLAYED_S * pace * TICK_MS;
      setState({ ...latest.current, cursor: Math.min(to, next), playing: next < to });
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [here.playing, pace, to, subject]);

  const index = indexAt(points, here.cursor);
  const step = (by: number) => {
    const point = points[Math.min(points.length - 1, Math.max(0, index + by))];
    if (point !== undefined) set({ cursor: clamp(point.time), playing: false });
  };
  const setPlaying = (playing: boolean) => set({ playing, cursor: playing && here.cursor >= to ? from : here.cursor });
  const keys: Record<string, () => void> = {
    space: () => setPlaying(!here.playing),
    arrowleft: () => step(-1),
    arrowright: () => step(1),
    'shift+arrowleft': () => setCursor(here.cursor - 60_000),
    'shift+arrowright': () => setCursor(here.cursor + 60_000),
  };
  for (const choice of PACES) keys[String(choice)] = () => setPace(choice);
  return { cursor: here.cursor, setCursor, fix: points[index] ?? null, playing: here.playing, setPlaying, pace, setPace, keys };
}

/** Play, pace, and a slider by time. */
export function PlayerBar({ player, from, to }: { player: Player; from: EpochMs; to: EpochMs }) {
  const t = useTexts(texts);
  const { fix } = player;
  const says = [clock(player.cursor), fix?.speed_kmh == null ? '' : `${Math.round(fix.speed_kmh)} ${t('kmh')}`, fix?.load == null ? '' : t(`load.${fix.load}`)];
  return (
    <div className="player">
      <button type="button" aria-pressed={player.playing} onClick={() => player.setPlaying(!player.playing)}>
        {t(player.playing ? 'pause' : 'play')}
      </button>
      <input
        type="range"
        aria-label={t('at')}
        aria-valuetext={says.filter((part) => part !== '').join(' · ')}
        min={from}
        max={to}
        step={1000}
        value={Math.round(player.cursor)}
        onChange={(event) => player.setCursor(Number(event.target.value))}
      />
      <span className="number player-at" data-at={Math.round(player.cursor)}>
        {says.filter((part) => part !== '').join(' · ')}
      </span>
      <span role="group" aria-label={t('pace')} className="paces">
        {PACES.map((pace) => (
          <button key={pace} type="button" aria-pressed={pace === player.pace} aria-label={t('pace_n', { n: pace })} onClick={() => player.setPace(pace)}>
            {pace}×
          </button>
        ))}
      </span>
    </div>
  );
}
