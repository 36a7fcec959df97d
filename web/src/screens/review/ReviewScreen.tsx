import { useEffect, useMemo, useRef, useState } from 'react';
import { type Clue, CLUE_STATES, type ClueState } from '../../api/types';
import type { PlaceNames } from '../../clues/facts';
import { inWorkOrder } from '../../clues/order';
import { rightToDecide } from '../../clues/rights';
import { dateTime } from '../../format/time';
import { useTexts } from '../../i18n/define';
import type { Clues } from '../../live/model';
import { useFeed, useLive } from '../../live/useLive';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { useClaimActs, useClaims } from '../../casework/claims';
import { Notice } from '../../ui/Notice';
import { useShortcuts } from '../../ui/shortcuts';
import { Empty, Loaded } from '../../ui/states';
import { useItem } from './api';
import { ClueList } from './ClueList';
import { type Decisions, useDecisions } from './decisions';
import { Help } from './Help';
import { ItemView } from './ItemView';
import { SentStrip } from './SentStrip';
import { texts } from './texts';
import '../../track/track.css';
import './review.css';

/** Items fetched ahead of the one shown. */
const AHEAD = 3;
/** Looked at for this long, a clue is claimed: others see that someone is at it. */
const CLAIM_AFTER_MS = 3_000;

export type Filter = ClueState | 'all';

/** Does this evidence prove this violation? */
export default function ReviewScreen() {
  const feed = useFeed();
  const clues = useLive((model) => model.clues);
  return (
    <Loaded data={clues} retry={() => void feed.load('clues')}>
      {(loaded) => <Reviewing clues={loaded} />}
    </Loaded>
  );
}

/** The clues of the filter in work order; the open one stays in its place when it is decided. */
function useRows(clues: Clues, filter: Filter, only: string | null, decisions: Decisions): Clue[] {
  return useMemo(
    () =>
      [...clues.by_id.values()]
        .filter(({ state, plate, id }) => (filter === 'all' || (state === filter && !(filter === 'pending' && decisions.isGone(id)))) && (only === null || plate === only))
        .sort(inWorkOrder),
    [clues, filter, only, decisions],
  );
}

function usePlaceNames(): PlaceNames {
  const fences = useLive((model) => model.fences);
  return useMemo(() => new Map(fences.kind === 'ready' ? fences.value.features.map(({ id, name }) => [id, name]) : []), [fences]);
}

function Reviewing({ clues }: { clues: Clues }) {
  const t = useTexts(texts);
  const officer = useOfficer();
  const place = usePlace();
  const go = useGo();
  const filter = [...CLUE_STATES, 'all' as const].find((state) => state === place.state['state']) ?? 'pending';
  const only = place.state['only'] ?? null;
  const decisions = useDecisions();
  const rows = useRows(clues, filter, only, decisions);
  const names = usePlaceNames();
  const claims = useClaims();
  const [dismissing, setDismissing] = useState<string | null>(null);
  const [help, setHelp] = useState(false);

  const asked = place.id === null ? null : (clues.by_id.get(place.id) ?? null);
  const clue = asked ?? rows[0] ?? null;
  const at = clue === null ? -1 : rows.findIndex(({ id }) => id === clue.id);
  const open = (id: string | null) => {
    setDismissing(null);
    go({ id, state: {} }, 'replace');
  };
  /** The item after the given one, else the one before it. */
  const beside = (step: 1 | -1): Clue | null => rows[at + step] ?? null;
  const ahead = rows.slice(at + 1, at + 1 + AHEAD);
  const [item, retry] = useItem(clue, ahead);
  // The address names what is shown: it stays in sight, and under the keys, when a colleague decides it meanwhile.
  const unnamed = place.id === null ? (clue?.id ?? null) : null;
  useEffect(() => {
    if (unnamed !== null) go({ id: unnamed }, 'replace');
  }, [unnamed, go]);
  const claim = clue === null ? null : (claims.get(clue.id) ?? null);
  useClaimOnSight(clue, officer, claim === null);

  const decide = (outcome: 'confirm' | 'reject', reason: string) => {
    if (clue === null || clue.state !== 'pending') return;
    const next = filter === 'pending' ? (beside(1) ?? beside(-1)) : clue;
    decisions.decide(clue, outcome, reason);
    open(next?.id ?? null);
  };
  const undo = () => void decisions.undo(t('undo_reason')).then((id) => id !== null && open(id));
  const move = (step: 1 | -1) => {
    const to = beside(step);
    if (to !== null) open(to.id);
  };
  useShortcuts({ u: undo, '?': () => setHelp(true), j: () => move(1), k: () => move(-1) });

  return (
    <div className="review" data-review={clue?.id ?? ''}>
      <ClueList
        rows={rows}
        clues={clues}
        filter={filter}
        only={only}
        chosen={clue?.id ?? null}
        claims={claims}
        names={names}
        open={open}
        setFilter={(state) => go({ id: null, state: { state: state === 'pending' ? null : state } }, 'replace')}
        showAll={() => go({ state: { only: null } }, 'replace')}
      />
      <div className="review-item">
        <SentStrip sent={decisions.sent} undo={undo} open={open} />
        {place.id !== null && asked === null && <Notice kind="warn">{t('gone')}</Notice>}
        {clue === null ? (
          <NothingToReview clues={clues} filter={filter} only={only} />
        ) : (
          <ItemView
            key={officer.name}
            clue={clue}
            item={item}
            retry={retry}
            names={names}
            officer={officer}
            claim={claim}
            position={at < 0 ? null : t('position', { i: at + 1, n: rows.length })}
            move={move}
            has={{ previous: beside(-1) !== null, next: beside(1) !== null }}
            dismissing={dismissing === clue.id}
            setDismissing={(on) => setDismissing(on ? clue.id : null)}
            decide={decide}
            help={() => setHelp(true)}
          />
        )}
      </div>
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

/** Claims what is looked at for a while, if it is free and may be decided. */
function useClaimOnSight(clue: Clue | null, officer: Parameters<typeof rightToDecide>[0], is_free: boolean): void {
  const acts = useClaimActs(clue?.id ?? '');
  const claim = useRef(acts.claim);
  claim.current = acts.claim;
  const wanted = clue !== null && clue.state === 'pending' && is_free && rightToDecide(officer, clue) === 'may' ? clue.id : null;
  useEffect(() => {
    if (wanted === null) return;
    const timer = setTimeout(() => void claim.current(), CLAIM_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
}

function NothingToReview({ clues, filter, only }: { clues: Clues; filter: Filter; only: string | null }) {
  const t = useTexts(texts);
  if (filter !== 'pending' || only !== null) return <Empty says={t('none')} />;
  const last = Math.max(...[...clues.by_id.values()].map(({ opened_at }) => opened_at));
  return (
    <Empty says={`${t('none_pending')}${Number.isFinite(last) ? ` ${t('last_one', { time: dateTime(last) })}` : ''}`}>
      <Goto to={{ screen: 'map' }}>{t('to_map')}</Goto>
    </Empty>
  );
}
