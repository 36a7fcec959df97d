import { type ComponentType, lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import { useLanguage, useTexts } from '../i18n/define';
import type { Screen } from '../screens/list';
import { useAnnounce } from '../ui/announce';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { Loading } from '../ui/states';
import { texts } from './texts';

const loaded = new Map<string, ComponentType>();

/** A screen's component, loaded when it is first shown. */
function componentOf({ id, load }: Screen): ComponentType {
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const made = lazy(load);
  loaded.set(id, made);
  return made;
}

/** One screen under its title. A failure in it leaves the page standing; going to it moves the focus to its title. */
export function ScreenHost({ screen }: { screen: Screen }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const announce = useAnnounce();
  const title = screen.title[language];
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    // Not at the first: then the browser has placed the focus.
    if (shown.current !== null && shown.current !== screen.id) {
      heading.current?.focus();
      window.scrollTo(0, 0);
      announce(t('opened', { screen: title }));
    }
    shown.current = screen.id;
  }, [screen.id]);
  const Component = componentOf(screen);
  return (
    <>
      <h1 ref={heading} tabIndex={-1} className={screen.bare === true ? 'hidden' : 'screen-title'}>
        {title}
      </h1>
      <ErrorBoundary key={screen.id} fallback={<Failed />}>
        <Suspense fallback={<Loading />}>
          <div className="screen" data-screen={screen.id}>
            <Component />
          </div>
        </Suspense>
      </ErrorBoundary>
    </>
  );
}

function Failed(): ReactNode {
  const t = useTexts(texts);
  return (
    <section className="panel" role="alert">
      <p>{t('screen_failed')}</p>
      <button type="button" onClick={() => location.reload()}>
        {t('reload')}
      </button>
    </section>
  );
}
