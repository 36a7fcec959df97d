import { useText } from '../i18n/text';
import { useLive } from '../live/useLive';
import { PANELS, useView } from '../view/address';

/** A phone shows one panel at a time; these choose it. */
export function Tabs({ terminals }: { terminals: boolean }) {
  const { t } = useText();
  const { view, go } = useView();
  const pending = useLive((model) => (model.clues.kind === 'ready' ? model.clues.value.counts.pending : 0));
  return (
    <nav className="tabs" aria-label={t('app.sections')}>
      {PANELS.filter((panel) => terminals || panel !== 'terminals').map((panel) => (
        <button key={panel} type="button" aria-current={view.panel === panel ? 'page' : undefined} onClick={() => go({ panel })}>
          {t(`tabs.${panel}`)}
          {panel === 'clues' && pending > 0 && <span className="count"> {pending}</span>}
        </button>
      ))}
    </nav>
  );
}
