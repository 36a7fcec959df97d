import { BlacklistPanel } from '../../blacklist/BlacklistPanel';

export default function BlacklistScreen() {
  return <BlacklistPanel />;
}
