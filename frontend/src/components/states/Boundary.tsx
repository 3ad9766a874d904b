import { Component, type ReactNode } from "react";
import { PartError } from "@/components/lazily";
import { ErrorState } from "./index";

type Props = {
  children: ReactNode;
  onError?: (error: Error) => void;
  /** Where this is: what broke there is forgotten elsewhere. */
  place?: string;
};

/** Keep what breaks in one part of a page from taking the rest with it. */
export class Boundary extends Component<Props, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch(error: Error) {
    this.props.onError?.(error);
  }

  override componentDidUpdate(before: Props) {
    if (before.place !== this.props.place) this.begin();
  }

  begin = () => {
    const { error } = this.state;
    if (error === null) return;
    if ((error as unknown) instanceof PartError) (error as PartError).again();
    this.setState({ error: null });
  };

  override render() {
    if (this.state.error === null) return this.props.children;
    return <ErrorState error={this.state.error} onRetry={this.begin} />;
  }
}
