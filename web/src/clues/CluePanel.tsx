import { useMemo, useRef, useState } from 'react';
import { type Clue, CLUE_STATES, type Session } from '../api/types';
import { ago } from '../format/age';
import { plateText } from '../format/plate';
import { dateTime } from '../format/time';
import { useText } from '../i18n/text';
import type { Clues } from '../live/model';
import { useFeed, useLive, useServerNow } from '../live/useLive';
import { FilterButtons } from '../ui/FilterButtons';
import { PanelData } from '../ui/PanelData';
import { useView, type View } from '../view/address';
import { useShortcuts } from '../ui/shortcuts';
import { ClueDetail } from './ClueDetail';
import type { Outcome } from './DecisionForm';
import { type PlaceNames, ruleName, sentence } from './facts';
import { listed, neighbour } from './order';
import { rightToDecide } from './rights';

/** Rows drawn at most. */
const ROWS_MAX = 200;

/** What waits for an officer, worst first, and the decision on it. */
export function CluePanel({ officer }: { officer: Session }) {
  const { t } = useText();
  const feed = useFeed();
  const data = useLive((model) => model.clues);
  return (
    <section className="panel clue-panel" data-panel="clues" aria-labelledby="clues-title">
      <h2 id="clues-title">{t('clues.title')}</h2>
      <PanelData data={data} retry={() => void feed.load('clues')}>
        {(clues) => <ClueQueue clues={clues} officer={officer} />}
      </PanelData>
    </section>
  );
}

function ClueQueue({ clues, officer }: { clues: Clues; officer: Session }) {
  const { t } = useText();
  const { view, go } = useView();
  const [deciding, setDeciding] = useState<Outcome | null>(null);
  const names = usePlaceNames();
  const now_ms = useServerNow();
  const rows = useMemo(() => listed(clues.by_id.values(), view), [clues, view]);
  const list = useRef<HTMLOListElement>(null);

  const open = (id: string | null, outcome: Outcome | null = null) => {
    setDeciding(outcome);
    if (id !== view.clue) go({ clue: id });
  };
  const focusRow = (id: string | null) => {
    if (id !== null) list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
  };
  /** The row that has the focus, else the open one. */
  const current = () => document.activeElement?.closest('[data-clue]')?.getAttribute('data-clue') ?? view.clue;
  const move = (step: 1 | -1) => focusRow(neighbour(rows.slice(0, ROWS_MAX).map((clue) => clue.id), current(), step));
  const decideCurrent = (outcome: Outcome) => {
    const clue = rows.find(({ id }) => id === current()) ?? rows[0];
    if (clue === undefined) return;
    open(clue.id, clue.state === 'pending' && rightToDecide(officer, clue) === 'may' ? outcome : null);
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    c: () => decideCurrent('confirm'),
    d: () => decideCurrent('reject'),
    escape: () => {
      focusRow(view.clue);
      open(null);
    },
  });

  const total = view.clues === 'all' ? CLUE_STATES.reduce((n, state) => n + clues.counts[state], 0) : clues.counts[view.clues];
  const shown = Math.min(rows.length, ROWS_MAX);
  return (
    <>
      <FilterButtons<View['clues']>
        label={t('clues.filter')}
        choices={[...CLUE_STATES, 'all' as const].map((state) => ({
          key: state,
          label: t(`clues.state.${state}`),
          count: state === 'all' ? null : clues.counts[state],
        }))}
        chosen={view.clues}
        choose={(state) => go({ clues: state, clue: null }, 'replace')}
      />
      {view.only !== null && (
        <p className="only">
          {t('clues.only_plate', { plate: plateText(view.only) })}{' '}
          <button type="button" onClick={() => go({ only: null }, 'replace')}>
            {t('clues.all_plates')}
          </button>
        </p>
      )}
      {view.clue !== null && !clues.by_id.has(view.clue) && <p className="notice">{t('clues.gone')}</p>}
      {rows.length === 0 && <NoClues clues={clues} />}
      {view.only === null && total > shown && shown > 0 && <p className="quiet">{t('clues.shown_of', { shown, n: total })}</p>}
      <ol className="rows" ref={list} aria-label={t('clues.title')}>
        {rows.slice(0, ROWS_MAX).map((clue) => (
          <li key={clue.id} data-clue={clue.id}>
            <ClueRow
              clue={clue}
              names={names}
              now_ms={now_ms}
              open={clue.id === view.clue}
              toggle={() => open(clue.id === view.clue ? null : clue.id)}
            />
            {clue.id === view.clue && (
              <ClueDetail
                clue={clue}
                names={names}
                officer={officer}
                deciding={deciding}
                decide={(outcome) => {
                  setDeciding(outcome);
                  if (outcome === null) focusRow(clue.id);
                }}
                onDecided={() => {
                  setDeciding(null);
                  focusRow(clue.id);
                }}
              />
            )}
          </li>
        ))}
      </ol>
      <p className="quiet keys">{t('clues.keys')}</p>
    </>
  );
}

/** What the registers call the places that facts name by id. */
function usePlaceNames(): PlaceNames {
  const fences = useLive((model) => model.fences);
  return useMemo(
    () => new Map(fences.kind === 'ready' ? fences.value.features.map(({ id, name }) => [id, name]) : []),
    [fences],
  );
}

function NoClues({ clues }: { clues: Clues }) {
  const { t } = useText();
  const { view } = useView();
  if (view.clues !== 'pending' || view.only !== null) return <p className="state">{t('clues.none')}</p>;
  const last = Math.max(...[...clues.by_id.values()].map((clue) => clue.opened_at));
  return (
    <p className="state">
      {t('clues.none_pending')}
      {Number.isFinite(last) && ` ${t('clues.last_one', { time: dateTime(last) })}`}
    </p>
  );
}

function ClueRow({
  clue,
  names,
  now_ms,
  open,
  toggle,
}: {
  clue: Clue;
  names: PlaceNames;
  now_ms: number;
  open: boolean;
  toggle: () => void;
}) {
  const { t, language } = useText();
  return (
    <button type="button" className={`row clue ${clue.state}`} data-row={clue.id} aria-expanded={open} onClick={toggle}>
      <span className="line">
        <span className={`tag ${clue.severity}`}>{t(`severity.${clue.severity}`)}</span>
        <strong>{ruleName(clue, language)}</strong>
        <span className="quiet">{clue.rule}</span>
        {clue.state !== 'pending' && <span className={`tag ${clue.state}`}>{t(`clues.state.${clue.state}`)}</span>}
      </span>
      <span className="line">
        <span className="plate">{plateText(clue.plate)}</span>
        <span className="quiet">{ago((now_ms - clue.opened_at) / 1000, language)}</span>
      </span>
      <span className="line carrier">{clue.carrier_name ?? t('trucks.unregistered')}</span>
      {!open && <span className="line facts-short">{sentence(clue, names, language)}</span>}
    </button>
  );
}
