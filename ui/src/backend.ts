import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { PanelView, Place } from './bindings';
import type { Backend } from './types';

/** The real core, over Tauri. Nothing else in the page knows of Tauri. */
export const backend: Backend = {
  opened: () => invoke('opened'),
  onView: async (receive) => {
    await listen<PanelView>('view', (event) => receive(event.payload));
  },
  onPlace: async (receive) => {
    await listen<Place>('place', (event) => receive(event.payload));
  },
  chart: (bundle, range) => invoke('chart', { bundle, range }),
  sheet: (bundle, level) => invoke('sheet', { bundle, level }),
  reclaim: (bundle, level, fingerprint) => invoke('reclaim', { bundle, level, fingerprint }),
  arm: (bundle, level, agreement) => invoke('arm', { bundle, level, agreement }),
  disarm: (bundle) => invoke('disarm', { bundle }),
  snooze: (alert, time) => invoke('snooze', { alert, time }),
  undo: (copy) => invoke('undo', { copy }),
  stop: () => invoke('stop'),
  update: (wish) => invoke('update', { wish }),
  dismiss: () => invoke('dismiss'),
  form: () => invoke('form'),
  save: (form) => invoke('save', { form }),
  show: (bundle) => invoke('show', { bundle }),
  showData: () => invoke('show_data'),
  chooseFolder: () => invoke('choose_folder'),
  privacySettings: () => invoke('privacy_settings'),
  close: () => invoke('close'),
  fit: (height) => invoke('fit', { height }),
  painted: () => invoke('painted'),
};
