import { type Shape, STATE_COLOUR } from './look';

/** The state's sign as on the map, beside its word; hidden from screen readers, which get the word. */
export function StateSign({ shape }: { shape: Shape }) {
  const colour = STATE_COLOUR[shape];
  return (
    <svg className="sign" viewBox="-17 -17 34 34" aria-hidden="true" focusable="false">
      {shape === 'clue' && <circle r="14.5" fill="none" stroke={colour} strokeWidth="2.5" />}
      {(shape === 'clue' || shape === 'normal') && <path d="M0-11 8 9 0 5-8 9Z" fill={colour} />}
      {shape === 'stale' && <path d="M0-11 8 9 0 5-8 9Z" fill="#fff" stroke={colour} strokeWidth="2" />}
      {shape === 'offline' && (
        <>
          <circle r="9" fill="#fff" stroke={colour} strokeWidth="2.5" />
          <path d="M-4-4 4 4M4-4-4 4" stroke={colour} strokeWidth="2.5" />
        </>
      )}
      {shape === 'silent' && <path d="M-9 0H9" stroke={colour} strokeWidth="3" strokeDasharray="5 3" />}
    </svg>
  );
}
