import { SignIn } from '../../session/SignIn';
import { useSessionControl } from '../../shell/officer';

/** Signing in with a token. After it the address is opened that was asked for. */
export default function SignInScreen() {
  const { state, signIn } = useSessionControl();
  return <SignIn state={state.kind === 'out' ? state : { kind: 'out', refusal: null, ended: false }} signIn={signIn} />;
}
