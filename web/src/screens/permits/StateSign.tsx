const ICONS: Readonly<Record<string, string>> = { in_force: '✓', ends_soon: '!', upcoming: '…', expired: '✕', suspended: '‖', revoked: '✕' };

/** How a permit stands: an icon and words. */
export function StateSign({ state, says }: { state: string; says: string }) {
  return (
    <span className={`permit-state ${state}`}>
      <span aria-hidden="true">{ICONS[state] ?? '?'}</span> {says}
    </span>
  );
}
