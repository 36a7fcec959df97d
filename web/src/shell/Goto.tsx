import type { MouseEvent, ReactNode } from 'react';
import { follow, hrefOf, type To, useGo, usePlace } from './address';

/** A link inside the page: a real address, so that it can be opened in another tab or copied. */
export function Goto({
  to,
  children,
  className,
  current = false,
  onGone,
}: {
  to: To;
  children: ReactNode;
  className?: string;
  /** This is where the page is. */
  current?: boolean;
  onGone?: () => void;
}) {
  const place = usePlace();
  const go = useGo();
  const click = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
    onGone?.();
  };
  return (
    <a href={hrefOf(follow(place, to))} className={className} aria-current={current ? 'page' : undefined} onClick={click}>
      {children}
    </a>
  );
}
