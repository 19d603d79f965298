import type { ChartView, Form, FormView, Level, Opening, PanelView, Place, Range, SheetView, Wish } from './bindings';

/** Everything the page can ask of the core. It names ids, levels and fingerprints it was given, never a path. */
export interface Backend {
  opened(): Promise<Opening>;
  /** Calls back with every view published from now on. */
  onView(receive: (view: PanelView) => void): Promise<void>;
  /** Calls back when the tray's menu leads somewhere. */
  onPlace(receive: (place: Place) => void): Promise<void>;
  chart(bundle: string, range: Range): Promise<ChartView>;
  sheet(bundle: string, level: Level): Promise<SheetView>;
  reclaim(bundle: string, level: Level, fingerprint: string): Promise<void>;
  /** Carries a plan out once the VM has stopped, if what is lost is what was agreed to. */
  arm(bundle: string, level: Level, agreement: string): Promise<void>;
  disarm(bundle: string): Promise<void>;
  snooze(alert: string, time: string): Promise<void>;
  undo(copy: string): Promise<void>;
  stop(): Promise<void>;
  /** Does something about new versions. */
  update(wish: Wish): Promise<void>;
  dismiss(): Promise<void>;
  form(): Promise<FormView>;
  save(form: Form): Promise<FormView>;
  show(bundle: string): Promise<void>;
  showData(): Promise<void>;
  /** Lets somebody choose a folder to look in. */
  chooseFolder(): Promise<void>;
  /** Opens the system's settings where privacy protection is lifted. */
  privacySettings(): Promise<void>;
  close(): Promise<void>;
  /** Tells the window how tall the content is, in CSS pixels. */
  fit(height: number): Promise<void>;
  /** Says once that the first picture is on the screen. */
  painted(): Promise<void>;
}
