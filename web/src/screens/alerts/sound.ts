/** A short tone for a new alert, if it was switched on. Never by itself: a browser plays nothing before a person acted. */
import { useEffect, useRef } from 'react';
import type { Clues } from '../../live/model';

const TONE_HZ = 880;
const TONE_S = 0.25;

export function useBell(on: boolean, clues: Clues): void {
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    const pending = new Set([...clues.by_id.values()].filter(({ state }) => state === 'pending').map(({ id }) => id));
    const before = known.current;
    known.current = pending;
    if (on && before !== null && [...pending].some((id) => !before.has(id))) ring();
  }, [on, clues]);
}

function ring(): void {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.2;
    tone.frequency.value = TONE_HZ;
    tone.connect(volume).connect(audio.destination);
    tone.onended = () => void audio.close();
    tone.start();
    tone.stop(audio.currentTime + TONE_S);
  } catch {
    // No sound device: the alert is on the page all the same.
  }
}
