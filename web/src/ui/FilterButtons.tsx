import type { ReactNode } from 'react';

export interface Choice<K> {
  key: K;
  label: ReactNode;
  count: number | null;
}

/** Buttons of which one is pressed. */
export function FilterButtons<K extends string | null>({
  label,
  choices,
  chosen,
  choose,
}: {
  label: string;
  choices: Choice<K>[];
  chosen: K;
  choose: (key: K) => void;
}) {
  return (
    <div className="filters" role="group" aria-label={label}>
      {choices.map(({ key, label: text, count }) => (
        <button key={key ?? 'all'} type="button" aria-pressed={key === chosen} onClick={() => choose(key)}>
          {text}
          {count !== null && <span className="count"> {count}</span>}
        </button>
      ))}
    </div>
  );
}
