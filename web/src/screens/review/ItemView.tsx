import { useRef } from 'react';
import type { Claim, Clue, Session } from '../../api/types';
import { type PlaceNames, ruleName } from '../../clues/facts';
import { useLanguage, useTexts } from '../../i18n/define';
import type { Loadable } from '../../live/model';
import { useLive } from '../../live/useLive';
import { PlayerBar, usePlayer } from '../../track/player';
import { SpeedPlot } from '../../track/SpeedPlot';
import { TrackMap } from '../../track/TrackMap';
import type { Fix } from '../../track/api';
import { Notice } from '../../ui/Notice';
import { Plate } from '../../ui/Plate';
import { useShortcuts } from '../../ui/shortcuts';
import { Failure, Loading } from '../../ui/states';
import { When } from '../../ui/When';
import { type Item, stretchOf } from './api';
import { DecisionBar, useHindrance } from './DecisionBar';
import type { Outcome } from './decisions';
import { FactSheet } from './FactSheet';
import { texts } from './texts';

const NO_POINTS: readonly Fix[] = [];

/** One clue with its evidence: map and speed plot with one cursor, the fact beside permit and rule, the decision. */
export function ItemView({
  clue,
  item,
  retry,
  names,
  officer,
  claim,
  position,
  move,
  has,
  dismissing,
  setDismissing,
  decide,
  help,
}: {
  clue: Clue;
  item: Loadable<Item>;
  retry: () => void;
  names: PlaceNames;
  officer: Session;
  claim: Claim | null;
  position: string | null;
  move: (step: 1 | -1) => void;
  has: { previous: boolean; next: boolean };
  dismissing: boolean;
  setDismissing: (on: boolean) => void;
  decide: (outcome: Outcome, reason: string) => void;
  help: () => void;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const fences = useLive((model) => model.fences);
  const loaded = item.kind === 'ready' ? item.value : null;
  const points = loaded?.track.points ?? NO_POINTS;
  const { from, to } = stretchOf(clue);
  const player = usePlayer(points, from, to, clue.start, clue.id);
  const confirmReason = useRef<HTMLSelectElement>(null);
  const hindered = useHindrance(clue, officer, claim) !== null || clue.state !== 'pending';
  useShortcuts({
    ...player.keys,
    ...(hindered
      ? {}
      : {
          c: () => decide('confirm', confirmReason.current?.value ?? t('reason.confirm.1')),
          d: () => setDismissing(true),
        }),
    escape: () => setDismissing(false),
  });
  const limit = clue.facts['limit_kmh'];
  return (
    <article className="item" data-clue={clue.id} data-state={clue.state} data-ready={item.kind}>
      <header className="item-head">
        <h2>
          <Plate plate={clue.plate} /> {ruleName(clue, language)}
        </h2>
        <span className={`tag ${clue.severity}`}>{t(`severity.${clue.severity}`)}</span>
        <span className="quiet">
          {clue.rule} · <When at={clue.start} />
        </span>
        <span className="item-moves">
          <button type="button" disabled={!has.previous} onClick={() => move(-1)}>
            {t('previous')}
          </button>
          {position !== null && <span className="number">{position}</span>}
          <button type="button" disabled={!has.next} onClick={() => move(1)}>
            {t('next')}
          </button>
          <button type="button" onClick={help}>
            {t('help')}
          </button>
        </span>
      </header>
      <div className="item-evidence">
        <TrackMap points={points} subject={clue.id} fences={fences.kind === 'ready' ? fences.value : null} cursor={player.fix} place={[clue.lon, clue.lat]} />
        {item.kind === 'loading' && <Loading />}
        {item.kind === 'failed' && <Failure problem={item.problem} retry={retry} />}
        {loaded !== null && points.length === 0 && <Notice kind="warn">{t('no_points')}</Notice>}
        {loaded?.track.behind === true && <Notice kind="warn">{t('behind')}</Notice>}
        <SpeedPlot
          points={points}
          from={from}
          to={to}
          limit_kmh={typeof limit === 'number' ? limit : null}
          mark={{ from: clue.start, to: clue.end }}
          cursor={player.cursor}
          setCursor={player.setCursor}
        />
        <PlayerBar player={player} from={from} to={to} />
      </div>
      <FactSheet clue={clue} review={loaded?.review ?? null} names={names} />
      <DecisionBar
        clue={clue}
        officer={officer}
        claim={claim}
        dismissing={dismissing}
        setDismissing={setDismissing}
        decide={decide}
        confirmReason={confirmReason}
      />
    </article>
  );
}
