import { TerminalPanel } from '../../terminals/TerminalPanel';

export default function TerminalsScreen() {
  return <TerminalPanel />;
}
