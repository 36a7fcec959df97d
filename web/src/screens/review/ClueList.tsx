import { useEffect, useRef, useState } from 'react';
import { type Claim, type Clue, CLUE_STATES } from '../../api/types';
import { type PlaceNames, ruleName } from '../../clues/facts';
import { plateText } from '../../format/plate';
import { useLanguage, useTexts } from '../../i18n/define';
import type { Clues } from '../../live/model';
import { FilterButtons } from '../../ui/FilterButtons';
import { Plate } from '../../ui/Plate';
import { When } from '../../ui/When';
import type { Filter } from './ReviewScreen';
import { texts } from './texts';

/** Rows drawn at most. */
const ROWS_MAX = 200;

/** The clues of the filter; on a phone folded, so that the evidence comes first. */
export function ClueList({
  rows,
  clues,
  filter,
  only,
  chosen,
  claims,
  open,
  setFilter,
  showAll,
}: {
  rows: readonly Clue[];
  clues: Clues;
  filter: Filter;
  only: string | null;
  chosen: string | null;
  claims: ReadonlyMap<string, Claim>;
  names: PlaceNames;
  open: (id: string) => void;
  setFilter: (filter: Filter) => void;
  showAll: () => void;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const list = useRef<HTMLOListElement>(null);
  const [folded, setFolded] = useState(true);
  useEffect(() => {
    if (chosen === null) return;
    // Within the list alone: the page must not jump.
    const row = list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(chosen)}"]`);
    if (row == null || list.current === null) return;
    const { offsetTop, offsetHeight } = row;
    const { scrollTop, clientHeight } = list.current;
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight) list.current.scrollTop = offsetTop - clientHeight / 3;
  }, [chosen]);
  return (
    <section className={folded ? 'panel review-list folded' : 'panel review-list'} aria-label={t('list')}>
      <button type="button" className="fold" aria-expanded={!folded} onClick={() => setFolded(!folded)}>
        {t('list_show', { n: rows.length })}
      </button>
      <div className="fold-content">
        <FilterButtons<Filter>
          label={t('filter')}
          choices={[...CLUE_STATES, 'all' as const].map((state) => ({ key: state, label: t(`state.${state}`), count: state === 'all' ? null : clues.counts[state] }))}
          chosen={filter}
          choose={setFilter}
        />
        {only !== null && (
          <p className="only">
            {t('only', { plate: plateText(only) })}{' '}
            <button type="button" onClick={showAll}>
              {t('all_plates')}
            </button>
          </p>
        )}
        {rows.length > ROWS_MAX && <p className="quiet">{t('shown_of', { shown: ROWS_MAX, n: rows.length })}</p>}
        <ol className="rows" ref={list} aria-label={t('list')}>
          {rows.slice(0, ROWS_MAX).map((clue) => (
            <li key={clue.id}>
              <button
                type="button"
                className={`row clue ${clue.state}`}
                data-row={clue.id}
                aria-current={clue.id === chosen ? 'true' : undefined}
                onClick={() => {
                  setFolded(true);
                  open(clue.id);
                }}
              >
                <span className="line">
                  <span className={`tag ${clue.severity}`}>{t(`severity.${clue.severity}`)}</span>
                  <strong>{ruleName(clue, language)}</strong>
                </span>
                <span className="line">
                  <Plate plate={clue.plate} />
                  <span className="quiet">
                    <When at={clue.start} />
                  </span>
                </span>
                {(clue.state !== 'pending' || claims.has(clue.id)) && (
                  <span className="line quiet">{clue.state === 'pending' ? claims.get(clue.id)?.by : t(`state.${clue.state}`)}</span>
                )}
              </button>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
