# Jeder Satz, den die App von Plimsoll zeigt, auf Deutsch. Eine Nachricht je Zeile; die Namen sind in allen Dateien gleich.

# Zeiten
when-today = heute, {$time}
when-day = {$day}, {$time}
when-year = {$day} {$year}
when-date = {$day}. {$month}
month-1 = Jan.
month-2 = Feb.
month-3 = März
month-4 = Apr.
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = Aug.
month-9 = Sept.
month-10 = Okt.
month-11 = Nov.
month-12 = Dez.
weekday-1 = Mo
weekday-2 = Di
weekday-3 = Mi
weekday-4 = Do
weekday-5 = Fr
weekday-6 = Sa
weekday-7 = So
span-hours = weniger als einem Tag
span-days = {$days ->
    [one] etwa 1 Tag
   *[other] etwa {$days} Tagen
 }
span-under = unter {$to} Tagen
span-range = {$from} bis {$to} Tagen
span-from = {$days ->
    [one] frühestens 1 Tag
   *[other] frühestens {$days} Tagen
 }

# Wie es steht
stand-roomy = {$free} frei. Alles im Lot.
stand-free-below-reserve = {$free} frei. Die Platte ist fast voll.
stand-full-within-day = {$free} frei. So ist sie binnen eines Tages voll.
stand-over-limit = Über Ihrer Grenze von {$limit}. {$free} frei.
stand-free-low = {$free} frei. Der Platz wird knapp.
stand-full-within-days = {$free} frei. Platte voll in {$span}.
stand-near-limit = Nahe an Ihrer Grenze von {$limit}. {$free} frei.
stand-free-unknown = Freier Platz unbekannt
stand-nothing = Hier ist keine Claude-VM
stand-nothing-why = Plimsoll sucht, wo die Claude-App ihre VM aufbewahrt. Sobald Claude eine angelegt hat, erscheint sie hier von selbst.
stand-unreadable = Der Ordner der VM ist nicht lesbar
stand-unreadable-why = Was darin ist, ist nicht bekannt, und nichts davon wird angerührt.
closed-title = Ein Ordner ist für Plimsoll gesperrt
closed-why = {$path} ist gesperrt: Eigentümer oder Rechte lassen Plimsoll nicht hineinsehen. Nichts davon wurde angerührt.
closed-why-mac = macOS schützt {$path}: Der Ordner ist gesperrt, und was darin ist, ist nicht bekannt. Nichts davon wurde angerührt.
closed-mode = Machen Sie sich wieder zum Eigentümer des Ordners, mit den Rechten 700.
closed-choose = Oder wählen Sie den Ordner, in dem Claude seine Daten hat, falls es ein anderer ist.
closed-choose-mac = Wählen Sie den Ordner selbst: Was Sie wählen, steht Plimsoll von da an offen.
closed-grant-mac = Bleibt er gesperrt, erlauben Sie Plimsoll den Festplattenvollzugriff in den Systemeinstellungen unter Datenschutz & Sicherheit.
closed-restart-mac = macOS will Plimsoll danach vielleicht beenden; öffnen Sie es wieder.
closed-button = Ordner wählen…
closed-settings = Datenschutz-Einstellungen öffnen
closed-not-a-root = In {$path} hat Claude keine VM. Wählen Sie den Ordner, in dem „vm_bundles“ liegt.
closed-choose-title = Wo Claude seine Daten hat
stand-starting = Wird gemessen…
level-calm = ruhig
level-watch = einen Blick wert
level-act = der Platz ist knapp
level-unknown = nicht bekannt
gauge-spoken = Anzeige: {$level}, {$percent} % dessen, was da ist

# Wachstum und Vorhersagen
growth-steady = Gleichbleibend
growth-up = +{$size} am Tag
growth-down = −{$size} am Tag
growth-too-new = Noch nicht lange genug beobachtet
growth-only-steps = Bisher nur Neuaufbau und Rückgabe
grew-since = {$size} seit {$from}
grew-between = {$size} von {$from} bis {$to}
grew-active = { $count ->
    [one] {$grew}, während Sitzung {$names} aktiv war
   *[other] {$grew}, während die Sitzungen {$names} aktiv waren
}
grew-active-perhaps = {$said}, vielleicht auch {$names}
grew-perhaps = { $count ->
    [one] {$grew}; Sitzung {$names} war vielleicht aktiv
   *[other] {$grew}; die Sitzungen {$names} waren vielleicht aktiv
}
grew-none = {$grew}, ohne dass eine Sitzung aktiv war
grew-unknown = {$grew}; ob eine Sitzung aktiv war, ist nicht zu erkennen
grew-coarse = {$grew}; zu lange zwischen zwei Blicken, um eine Sitzung zu nennen
grew-names = {$names} und {$last}
grew-names-more = {$names} und andere
disk-full = Voll in {$span}
disk-already = Schon an ihrer Reserve
disk-unknown = Noch keine Vorhersage
disk-not-growing = Füllt sich nicht
disk-image-limit = Die Images erreichen vorher ihre eigene Grenze
disk-beyond-year = Nicht binnen eines Jahres
guest-full = Volle Größe in {$span}
guest-steady = Wachsen nicht
guest-unknown = Noch keine Vorhersage
guest-far = Nicht binnen eines Jahres
guest-reached = Volle Größe erreicht
inside-free = Innen: {$free} von {$total} frei
inside-as-of = Stand {$when}
inside-full = voll in {$span}
inside-already = voll
inside-unknown = noch keine Vorhersage
inside-not-growing = füllt sich nicht
inside-beyond-year = nicht voll binnen eines Jahres

# Dateien
image-system = Systemplatte
image-session = Sitzungsplatte
image-source = Grundimage
image-leftover = Überbleibsel
image-prefetch = Nächste Version
image-aside = Von einer unfertigen Rückgabe beiseitegelegt
image-unknown = Unbekannte Datei
image-identity = Kennung
image-boot = Startdatei
image-others = {$count ->
    [one] 1 kleine Datei
   *[other] {$count} kleine Dateien
 }
note-system = entsteht neu aus dem Grundimage, wenn sie fehlt
note-session = gehört Ihnen: unberührt, solange Sie nichts anderes sagen
note-source = daraus entsteht die Systemplatte
note-leftover = braucht niemand mehr
note-prefetch = von Claude vorab geholt
note-aside = wird beim nächsten Start bereinigt
note-unknown = Plimsoll nicht bekannt: gezeigt, nie berührt
note-identity = sagt, welche VM dies ist: nie berührt
note-boot = startet die VM: bleibt, wie sie ist
note-others = Marken und Kennungen: nie berührt
image-of = {$allocated} belegt von {$logical}
image-spoken = {$title}, {$name}: {$allocated} belegt von {$logical}
images-total = {$allocated} belegt; Längen zusammen {$logical}

# Die VM
vm-stopped = VM aus
vm-running = VM läuft
vm-unknown = Ob die VM läuft, ist nicht zu erkennen
vm-app = Claude läuft und kann seine VM jederzeit starten.
vm-orphan = Claude selbst läuft nicht: diese VM ist übrig geblieben.
vm-holder = {$name} (PID {$pid}) hält {$file} offen
vm-holder-nameless = {$name} hält {$file} offen
evidence-open_files = Offene Dateien
evidence-write_lease = Schreib-Lease des Kernels
evidence-locks = Sperren
evidence-known_processes = Bekannte Programme
finding-clear = frei
finding-held = offen
finding-cannot_tell = nicht zu erkennen

# Rückgabe
reclaim-bytes = {$size} zurückholen
reclaim-bytes-more = {$size} zurückholen…
reclaim-nothing = Nichts zurückzuholen
reclaim-nothing-why = Zurzeit gibt es nichts, was gefahrlos zurückkommen kann.
reclaim-lossless = Nichts, was Sie brauchen, wird entfernt.
reclaim-sheet = Sie sehen jeden Schritt, bevor etwas geschieht.
reclaim-held = Claudes VM läuft: {$holder}.
reclaim-held-hint = Beenden Sie Claude; der Knopf wird frei, sobald die VM aus ist.
level-leftovers = Überbleibsel entfernen
level-compact = Verdichten
level-rebuild = Systemplatte neu aufbauen
level-reset = Zurücksetzen, mit Kopie
lost-leftovers = Nichts: diese Dateien braucht niemand mehr.
lost-compact = Nichts: nur was die VM nicht belegt, kommt zurück.
lost-rebuild = Was im System der VM von Hand installiert wurde. Ihre Sitzungsplatte bleibt, wie sie ist.
lost-reset = Was im System der VM von Hand installiert wurde. Offene Sitzungen verlieren ihr Zuhause in der VM, bis Sie die Sitzungsplatte zurückholen.
sheet-title-leftovers = Überbleibsel entfernen?
sheet-title-compact = Systemplatte verdichten?
sheet-title-rebuild = Systemplatte neu aufbauen?
sheet-title-reset = VM zurücksetzen, mit Kopie?
sheet-remove = wird entfernt
sheet-set_aside = wird als Kopie verdichtet, dann entfernt
sheet-restore = kommt zurück
sheet-compact = freie Blöcke kommen zurück
sheet-later-nothing = nichts
sheet-later = {$size} beim nächsten Start von Claude
sheet-later-download = {$size} beim nächsten Start von Claude, davon {$download} aus dem Netz
sheet-confirm = {$size} zurückholen
done-freed = {$size} zurückgeholt
done-free = Frei auf der Platte: vorher {$before}, jetzt {$after}.
done-snapshots = Frei ist weniger, als zurückgegeben wurde: Schnappschüsse oder Klone halten es noch, oder andere haben geschrieben.
done-restored = Die Sitzungsplatte ist zurück
done-nothing = Es war nichts zu tun
done-refused = Nicht ausgeführt
done-failed = Fehlgeschlagen, und nichts ist verloren
done-aside = Die Sitzungsplatte liegt als Kopie bereit und lässt sich zurückholen.
receipt-undo = Sitzungsplatte zurückgeholt
receipt-freed = {$size} zurückgeholt
receipt-recovered = nach einer Unterbrechung beendet
receipt-rebuilt = danach in {$minutes} min neu gemacht, {$size} geschrieben
receipt-started = danach ohne Neubau gestartet, {$size} geschrieben
receipt-lost = ohne ihre Sitzungsplatte
receipt-sessions-all = { $kept ->
    [one] ihre Sitzung ist noch da
   *[other] alle {$kept} Sitzungen sind noch da
}
receipt-sessions-some = { $before ->
    [one] ihre Sitzung ist weg
   *[other] {$kept} von {$before} Sitzungen sind noch da
}
receipt-failed = Claude bringt seine VM nicht wieder hoch
receipt-troubles = in Claudes Protokoll: {$troubles}
receipt-trouble-times = {$trouble} ({$count}-mal)
trouble-download-waits = wartet auf einen Download
trouble-image-missing = eine Platte fehlt
trouble-checksum = falsche Prüfsumme
trouble-download-failed = Download gescheitert
trouble-start-failed = Start gescheitert
trouble-not-repaired = keine zweite Reparatur
trouble-session-disk = Sitzungsplatte fehlt
trouble-formatted = Sitzungsplatte neu formatiert
trouble-home = Zuhause einer Sitzung fehlt
trouble-read-only = Dateisystem beschädigt
copy-line = Sitzungsplatte vom {$when}, {$size} aufbewahrt

# Verlauf
chart-spoken = Belegt: von {$first} bis {$last} ({$range}), am wenigsten {$low}, am meisten {$high}.
chart-empty = Das Wachstum erscheint hier, sobald Plimsoll eine Weile beobachtet hat.
chart-point = {$when}: {$size}
range-day = letzter Tag
range-week = letzte Woche
range-month = letzter Monat
range-year = letztes Jahr
event-reclaim = Rückgabe
event-rebuild = Neuaufbau
event-image_update = Neues Image
event-vm-on = VM an
event-vm-off = VM aus
event-limit = Ihre Grenze

# Menü
menu-open = Plimsoll öffnen
menu-show-bundle = In der Dateiverwaltung zeigen
menu-show-bundle-mac = Im Finder zeigen
menu-arm = Zurückholen, sobald die VM hält
menu-pause = Beobachtung anhalten
menu-settings = Einstellungen…
menu-about = Über Plimsoll
menu-quit = Plimsoll beenden

# Meldungen
alert-low-notice = Der Speicherplatz wird knapp
alert-low-warning = Der Speicherplatz ist knapp
alert-low-critical = Der Datenträger ist fast voll
alert-low = {$free} frei auf {$volume}.
alert-low-hint = Plimsoll zeigt, was zurückkommen kann.
alert-low-critical-hint = Mit weniger als etwa 5 GB startet Claudes Arbeitsumgebung nicht. Plimsoll zeigt, was zurückkommen kann.
alert-low-other-hint = Etwas anderes hat ihn belegt: dort zuerst suchen. Was Claudes VM zurückgeben kann, zeigt Plimsoll.
alert-filling-notice = Der Datenträger ist vielleicht in drei Tagen voll
alert-filling-warning = Der Datenträger ist vielleicht in einem Tag voll
alert-filling = Bei diesem Tempo ist auf {$volume} frühestens {$when} nur noch frei, was frei bleiben soll.
cause-bundles = Seit {$when} sind {$lost} weg, fast alles davon bei Claudes VM.
cause-other = Seit {$when} sind {$lost} weg, fast nichts davon bei Claudes VM.
cause-both = Seit {$when} sind {$lost} weg: {$bundles} bei Claudes VM, {$other} anderswo.
alert-guest-warning = In Claudes VM ist kein Platz mehr
alert-guest-notice = Claudes VM läuft von innen voll
alert-guest-read = Auf ihrer Sitzungsplatte sind {$free} von {$total} frei. Mit weniger als etwa 500 MB startet keine Sitzung.
alert-guest-touched = Ihre Sitzungsplatte hat {$allocated} von {$logical} und kann nicht mehr wachsen. Wie viel davon belegt ist, zeigt sich, wenn die VM angehalten ist und dieses Fenster geöffnet wird.
alert-guest-hint = In Claude: Hilfe, Fehlerbehebung, „Free Up Cowork Disk Space“. Platz auf diesem Datenträger hilft in der VM nicht.
alert-rebuilds = Claude baut seine VM immer wieder neu
alert-rebuilds-text = Die Systemplatte wurde seit {$when} {$times}-mal neu gemacht; dafür wurden {$size} geschrieben.
alert-rebuilds-hint = Claude beenden und neu starten. Hilft das nicht, geschlossen lassen und den Herstellern melden.
alert-not-back = Platz kam nicht zurück
alert-not-back-text = {$freed} wurden zurückgegeben, der Datenträger hat davon {$gained}.
alert-not-back-holder = {$name} (pid {$pid}) hat eine entfernte Datei noch offen. Der Platz kommt, wenn es endet.
alert-not-back-holder-nameless = {$name} hat eine entfernte Datei noch offen. Der Platz kommt, wenn es endet.
alert-not-back-snapshots = Lokale Schnappschüsse halten ihn vielleicht; sie gehen von selbst binnen etwa eines Tages.
alert-not-back-unknown = Ein Schnappschuss oder Klon hält ihn vielleicht, oder etwas anderes hat inzwischen geschrieben.
alert-burst = Claudes VM ist in einer Stunde um {$size} gewachsen
alert-burst-text = Niemand hatte Plimsoll offen. {$name}, seit {$when}.
alert-burst-whose = Niemand hatte Plimsoll offen. {$name}: {$grew}.
alert-burst-hint = Soll dort nichts laufen, lohnt ein Blick auf Claudes Sitzungen.
alert-orphan = Claudes VM läuft ohne Claude
alert-orphan-text = Seit {$when}. Sie hält ihre Platten fest, sodass nichts zurückgeholt werden kann.
alert-orphan-hint = Claude starten und beenden; das beendet seine VM.
alert-stuck = Claudes Download kommt nicht voran
alert-stuck-text = {$file} ist seit {$when} nicht gewachsen und belegt {$size}.
alert-stuck-hint = Claude beenden und neu starten. Was einen Tag lang niemand beschrieben hat, kann als Rest entfernt werden.
alert-broken-rebuild = Claude kann seine VM nicht neu bauen
alert-broken-start = Claudes VM startet nicht
alert-broken-repeated = Nach der Rückgabe wurde ihre Systemplatte seit {$when} immer wieder neu gemacht.
alert-broken-unfinished = Nach der Rückgabe kommt ihr Download seit {$when} nicht voran, und es gibt keine Systemplatte.
alert-broken-logged = Claudes Protokoll meldet nach der Rückgabe gescheiterte Starts, seit {$when}; danach lief die VM bei keiner Messung.
alert-broken-stalled = Claude hat nach der Rückgabe damit begonnen; seit {$when} wurde nichts geschrieben.
alert-broken-room = Nötig sind bis zu 12 GB, frei sind {$free}.
alert-broken-hint = Claude beenden und neu starten, mit Verbindung zum Netz. Hilft das nicht: in Claude unter Help, Troubleshooting, Delete Cowork VM Bundle and Restart. Der Eintrag daneben, Delete Cowork VM Sessions, löscht die Sitzungen.
alert-broken-given-up = Claude hat seine VM einmal repariert und versucht es nicht noch einmal von selbst: Das sagt die Datei .auto_reinstall_attempted im Bündel.
alert-broken-copy = Die beiseitegelegte Sitzungsplatte lässt sich hier zurückholen oder mit `plimsoll undo`.
alert-snoozed = Still bis {$when}
alert-snoozed-change = Still, bis sich etwas ändert
snooze-hour = Für eine Stunde
snooze-today = Für heute
snooze-until-change = Bis sich etwas ändert
arm-arm = Ausführen, sobald die VM hält
arm-arm-more = Ausführen, sobald die VM hält …
arm-disarm = Doch nicht ausführen
arm-note = Sobald niemand die Images {$time} lang festgehalten hat, ohne noch einmal zu fragen.
arm-waits = Geschieht von selbst, sobald niemand die Images {$time} lang festgehalten hat.
lasting-minutes = { $count ->
    [one] 1 Minute
   *[other] {$count} Minuten
}
lasting-seconds = { $count ->
    [one] 1 Sekunde
   *[other] {$count} Sekunden
}
notify-reclaim = Zurückholen …
notify-snooze = Eine Stunde Ruhe
notify-off = Mitteilungen sind in den Einstellungen von Plimsoll aus; Meldungen stehen nur hier.
notify-refused = Das System zeigt keine Mitteilungen von Plimsoll; Meldungen stehen nur hier.
notify-failed = Mitteilungen können nicht gesendet werden: {$why}. Meldungen stehen nur hier.
notify-refused-hint = In den Systemeinstellungen erlauben.
done-itself-armed = Die VM hält, und das Vorgemerkte ist ausgeführt.
done-itself-limit = Von selbst geschehen: die Images waren über ihrer Grenze.
done-itself-reserve = Von selbst geschehen: es war weniger frei, als frei bleiben soll.
done-itself-ask = Was von selbst geschehen darf, reicht nicht
done-itself-ask-text = {$level} würde reichen. Ohne Sie geschieht es nicht.
done-itself-disarmed = Das Vorgemerkte wurde zurückgenommen
done-itself-more = Es ginge jetzt mehr verloren, als beim Vormerken gesagt wurde.
done-itself-old = Es wurde vor zwei Wochen vorgemerkt.
done-itself-stopped = Es wurde angehalten. Nichts ist verloren.
done-itself-nothing = Es gibt nichts zurückzuholen.
volume-main = dem Systemlaufwerk

# Was nicht zu lesen war
gap-denied-hint = Erlauben Sie es: auf dem Mac in den Systemeinstellungen unter Datenschutz & Sicherheit, Festplattenvollzugriff; unter Linux prüfen Sie Eigentümer und Rechte des Ordners.
gap-hint = Was lesbar ist, zählt weiter.

# Einstellungen
set-limit-bad = Schreiben Sie eine Größe wie „12 GB“, mindestens 1 GB, oder nichts.
set-reserve-bad = Schreiben Sie eine Größe wie „5 GB“.
set-interval-bad = Schreiben Sie ganze Sekunden von 5 bis 21600, oder nichts.
set-language-system = Wie das System
set-icon-gauge = Anzeige
set-icon-wide = Anzeige und Verlauf
set-title-none = Nichts
set-title-allocated = Größe der Images
set-title-free = Freier Platz
set-alert-bad = Eine Größe wie „10 GB“ angeben, oder 0 B für keine solche Meldung.
set-alert-percent-bad = Eine ganze Zahl von 0 bis 50 angeben.
set-budget-bad = Eine Größe wie „22 GB“ angeben, oder 0 B für nichts.
set-automatic-idle-bad = Ganze Sekunden von 10 bis 86400 angeben.
set-quiet-hours-bad = Zeiten wie „22:00-07:00“ angeben oder leer lassen.
set-automatic-none = Nichts
set-automatic-compact = Was nichts kostet
set-automatic-rebuild = Auch was Claude neu macht
about-version = Version {$version}

# Die Seite
page-growth = Wachstum
page-grew = Wann es wuchs
page-span = Zeitraum
page-day = Tag
page-week = Woche
page-month = Monat
page-year = Jahr
page-disk = Platte
page-images = Images
page-files = Belegt
page-more-files = Weitere Dateien
page-evidence = Woher man das weiß
page-bundles = Bundles
page-options = Andere Wege
page-copies = Aufbewahrte Sitzungsplatten
page-undo = Zurückholen
page-receipts = Zurückgegeben
page-all-receipts = Alle zeigen
page-stop = Anhalten
page-dismiss = Meldung schließen
page-settings = Einstellungen
page-show = Dateien zeigen
page-back = Zurück
page-cancel = Abbrechen
page-steps = Was geschieht
page-back-now = Kommt jetzt zurück
page-written-again = Wird neu geschrieben
page-lost = Was verloren geht
page-loading = Wird gemessen…
page-no-answer = Plimsoll antwortet nicht. Nichts wurde geändert; schließen Sie dieses Fenster und öffnen Sie es erneut.
page-limit = Grenze für die Images
page-limit-hint = Die Marke an der Anzeige. Leer für keine.
page-reserve = Freizuhaltender Platz
page-reserve-hint = Darunter ist der Platz knapp.
page-interval = Sekunden zwischen Messungen
page-interval-hint = Leer: Plimsoll misst öfter, wenn mehr geschieht.
page-icon = Symbol
page-icon-hint = Blendet das System es aus: Plimsoll noch einmal starten, dann öffnet sich dieses Fenster.
page-title = Text
page-title-hint = Auf dem Mac neben dem Symbol, unter Linux in dessen Kurzinfo.
page-language = Sprache
page-shortcut = Tastenkürzel
page-shortcut-hint = Öffnet dieses Fenster von überall, etwa „Ctrl+Alt+P“. Leer für keines.
page-alerts = Meldungen
page-snooze = Ruhe
page-notifications = Mitteilungen senden
page-alert-notice = Hinweis unter
page-alert-notice-percent = Oder unter diesem Anteil, in %
page-alert-warning = Warnung unter
page-alert-critical = Kritisch unter
page-alert-hint = Freier Platz. 0 B für nie.
page-alert-burst = Hinweis auf Wachstum ab
page-alert-burst-hint = In einer Stunde, in der niemand hinsieht. 0 B für nie.
page-arm-idle = Vorgemerktes wartet
page-arm-idle-hint = So lange darf niemand die Images festgehalten haben.
page-automatic = Geschieht von selbst
page-automatic-hint = Wenn die Images über der Grenze sind oder weniger frei ist, als frei bleiben soll. Nie ein Zurücksetzen.
page-automatic-idle = Sekunden ohne VM davor
page-week-budget = In einer Woche neu geschrieben, höchstens
page-week-budget-hint = Von Claude, nach einem Neuaufbau, der von selbst geschah.
page-quiet-hours = Nicht zu diesen Zeiten
page-quiet-hours-hint = Etwa „22:00-07:00“. Leer für jede Zeit.
page-on-battery = Auch im Akkubetrieb
page-login = Bei der Anmeldung öffnen
page-check-for-updates = Einmal in der Woche nach einer neuen Version fragen
page-check-for-updates-hint = Plimsoll liest die Liste seiner Versionen bei GitHub. Ausgeschaltet nur, wenn Sie klicken.
page-updates = Neue Versionen
page-check-now = Jetzt nachsehen
page-install = Installieren
page-later = Später
page-watched = Beobachtete Bundles
page-data = Verlauf, Belege und Kopien
page-data-show = Ordner zeigen
page-save = Sichern
page-about = Über Plimsoll
page-about-text = Zeigt, was die VM der Claude-App auf der Platte belegt, und gibt es sicher zurück.
page-about-promise = Keine Telemetrie. Kein Netz, außer Sie fragen nach neuen Versionen. Nichts wird entfernt, solange die VM läuft oder das unklar ist.

# Was gerade geschieht
stand-paused = Beobachtung angehalten
busy-start = Platz wird zurückgeholt…
busy-undo = Sitzungsplatte wird zurückgeholt…
busy-check = Basis-Image wird geprüft…
busy-compress = Sitzungsplatte wird verdichtet…
busy-verify = Kopie wird geprüft…
busy-read = Freie Blöcke werden gesucht…
busy-hash = Belegtes wird gelesen…
busy-punch = Freie Blöcke werden zurückgegeben…
busy-compare = Belegtes wird verglichen…
busy-stopping = Hält an der nächsten sicheren Stelle an…
set-saved = Gesichert

# Neue Versionen
update-none = Dieser Build aktualisiert sich nicht selbst.
update-homebrew = Homebrew hält dieses Plimsoll aktuell: „brew upgrade“.
update-never = Die Liste der Versionen wurde noch nicht gelesen.
update-asking = Nach einer neuen Version wird gefragt…
update-newest = Version {$version} ist die neueste (gefragt: {$when}).
update-available = Version {$version} ist da.
update-available-hint = Es läuft Version {$version}. Die neue wird geholt und an ihre Stelle gesetzt, wenn Sie es sagen.
update-fetching = Version {$version} wird geholt und geprüft…
update-placed = Version {$version} ist installiert.
update-placed-hint = Sie läuft, sobald Plimsoll beendet und wieder geöffnet wurde.
update-unreachable = Die Liste der Versionen war nicht zu bekommen: {$why}.
update-unreachable-hint = Nichts wurde geändert. Versuchen Sie es später noch einmal.
update-unreadable = Die Liste der Versionen ist nicht lesbar: {$why}.
update-unreadable-hint = Nichts wurde geändert.
update-untrusted = Die neue Version ist nicht, was Plimsolls Macher unterschrieben haben, und wurde abgelehnt: {$why}.
update-untrusted-hint = Nichts wurde ersetzt.
update-changed = Die Liste der Versionen nennt inzwischen eine andere.
update-busy = Gerade wird Platz zurückgeholt; so lange wird nichts installiert.
update-busy-hint = Installieren Sie sie, wenn das zu Ende ist.
update-not-placed = Die neue Version ließ sich nicht an ihre Stelle setzen: {$why}.
update-not-placed-hint = Die alte ist, wo sie war.
update-displaced = Die neue Version ließ sich nicht an ihre Stelle setzen und die alte nicht zurück: {$why}.
update-displaced-hint = Legen Sie sie von Hand zurück, oder installieren Sie Plimsoll neu. Verlauf und Kopien sind unberührt.

# Die App selbst
app-worker-failed = In Plimsoll ist etwas schiefgegangen. Es wurde neu begonnen; nichts ist verloren.
app-worker-failed-hint = Wenn es wieder geschieht, steht der Grund im Protokoll neben dem Verlauf.
app-settings-hint = Ändern Sie sie hier, dann werden sie neu gesichert.
app-recovered-undone = Eine frühere Rückgabe wurde unterbrochen; sie wurde zurückgenommen, und alles ist wie vorher.
app-recovered-finished = Eine frühere Rückgabe wurde unterbrochen; sie wurde zu Ende geführt.
app-recovery-failed = Eine unterbrochene Rückgabe ließ sich nicht abschließen. Nichts ist verloren.
app-misplaced = Plimsoll läuft an einem Ort, den macOS wieder entfernt.
app-misplaced-hint = Bewegen Sie es in den Ordner „Programme“ und öffnen Sie es dort.
app-recovery-away = Eine Rückgabe wurde unterbrochen, und ihr Laufwerk ist nicht da. Nichts ist verloren.
app-recovery-away-hint = Schließen Sie das Laufwerk an: Plimsoll schließt sie dann ab oder macht sie rückgängig.
app-recovery-failed-hint = Rufen Sie „plimsoll doctor“ auf; Dateien namens .plimsoll-… im Bundle sind beiseitegelegt.
app-no-bundle = Dieses Bundle ist nicht mehr da. Nichts wurde angerührt.
app-no-bundle-hint = Plimsoll zeigt, was jetzt da ist.
app-no-copy = Diese Kopie ist nicht mehr da. Nichts wurde angerührt.
app-no-copy-hint = Sie wurde anderswo zurückgeholt oder entfernt.
app-save-failed = Die Einstellungen ließen sich nicht sichern: {$why}.
app-save-failed-hint = Die bisherigen gelten weiter.
app-show-failed = Der Ordner ließ sich nicht zeigen: {$why}.
app-login-failed = Das Öffnen bei der Anmeldung ließ sich nicht ändern: {$why}.
app-login-approval = macOS wartet auf Ihre Zustimmung: Schalten Sie Plimsoll in den Systemeinstellungen unter Allgemein, Anmeldeobjekte ein.
app-notify-open = Zeigen
set-shortcut-bad = Schreiben Sie Tasten wie „Ctrl+Alt+P“, oder nichts.
set-shortcut-taken = Diese Tasten sind nicht zu haben; vielleicht nutzt sie ein anderes Programm.

# Images irgendeiner VM
image-held = Das Image ist in Gebrauch: {$why}. Nichts wurde angerührt.
image-unsure = Es ist nicht zu erkennen, ob das Image in Gebrauch ist ({$why}). Nichts wurde angerührt.
image-busy = Ein anderes Plimsoll arbeitet hier. Dieses hat nichts angerührt.
image-hint-stop = Halten Sie die VM oder das Programm an, das es benutzt, und versuchen Sie es wieder.
image-hint-name = Nennen Sie das Image selbst; Plimsoll folgt keinem Verweis darauf.
image-hint-raw = Starten Sie seine VM einmal, damit sie ihre Platte in Ordnung bringt, oder sehen Sie mit `plimsoll image inspect` hinein.
image-hint-volume = Legen Sie es auf ein Volume dieses Rechners, das beides hat.
image-hint-owner = Rufen Sie Plimsoll als der Benutzer auf, dem das Image gehört.

# Ablehnungen und Fehler
vm-holders-more = , und {$count} weitere
refusal-vm_running = Die VM läuft: {$why}. Nichts wurde angerührt.
refusal-vm_running-hint = Beenden Sie Claude, warten Sie, bis die VM steht, und versuchen Sie es wieder.
refusal-vm_unknown = Es ist nicht zu erkennen, ob die VM läuft ({$why}). Nichts wurde angerührt.
refusal-vm_unknown-hint = `plimsoll doctor` zeigt, was fehlt.
refusal-app_running = Claude läuft und schreibt diese Dateien vielleicht noch. Nichts wurde angerührt.
refusal-app_running-hint = Beenden Sie Claude und versuchen Sie es wieder.
refusal-busy = Ein anderes Plimsoll arbeitet an diesem Bundle. Dieses hat nichts angerührt.
refusal-busy-hint = Warten Sie, bis es fertig ist, und versuchen Sie es wieder.
refusal-plan_changed = Das Bundle hat sich geändert, seit der Plan gezeigt wurde. Nichts wurde angerührt.
refusal-plan_changed-hint = Sehen Sie den neuen Plan an und bestätigen Sie noch einmal.
refusal-not_trimmable = {$path} lässt sich nicht verdichten: {$why}. Nichts wurde angerührt.
refusal-not_trimmable-hint = Starten Sie Claude einmal, damit die VM ihre Platte in Ordnung bringt, oder wählen Sie eine andere Stufe.
refusal-no_way = {$path} lässt sich auf diesem Volume nicht verdichten: {$why}. Nichts wurde angerührt.
refusal-no_way-hint = Wählen Sie eine andere Stufe: Reste, Neuaufbau oder Zurücksetzen.
refusal-wanted = Ein anderes Programm wollte {$path}, also hat Plimsoll sofort aufgehört. Die Platte ist ganz, und was schon zurückkam, bleibt zurück.
refusal-wanted-hint = Beenden Sie Claude, warten Sie, bis die VM steht, und holen Sie den Rest danach.
refusal-stopped_early = Auf Ihren Wunsch angehalten. {$path} ist ganz, und was schon zurückkam, bleibt zurück.
refusal-stopped_early-hint = Holen Sie den Rest, wann Sie möchten.
refusal-cancelled = Auf Ihren Wunsch angehalten. Alles ist wie vorher.
refusal-cancelled-hint = Beginnen Sie neu, wann Sie möchten.
refusal-source_missing = {$path} ist nicht da, also ließe sich die Systemplatte nicht neu aufbauen. Nichts wurde angerührt.
refusal-source_missing-hint = Starten Sie Claudes VM einmal, damit sie die Datei holt; beenden Sie Claude und versuchen Sie es wieder.
refusal-source_broken = Aus {$path} ließe sich die Systemplatte nicht neu aufbauen: {$why}. Nichts wurde angerührt.
refusal-source_broken-hint = Behalten Sie die Systemplatte, oder lassen Sie Claude die Datei neu holen: Help, Troubleshooting.
refusal-no_room = Auf {$path} werden {$size} gebraucht, und {$number} wären frei. Nichts wurde angerührt.
refusal-no_room-hint = Schaffen Sie erst Platz. Ein Neuaufbau braucht weniger als ein Zurücksetzen und schafft welchen.
refusal-layered = {$path} liegt über der Systemplatte und wäre ohne sie unbrauchbar. Nichts wurde angerührt.
refusal-layered-hint = Überlassen Sie das Bundle dem Programm, das diese Schicht angelegt hat.
refusal-unknown_format = {$path} ist weder eine ext4-Platte noch ein Sparse-Image von Apple. Nichts wurde angerührt.
refusal-unknown_format-hint = Wählen Sie die Stufe Neuaufbau; sie lässt die Datei in Ruhe.
refusal-not_a_file = {$path} ist keine einfache Datei auf diesem Volume (ein Verweis, Ordner oder Mount). Sie wurde nicht angerührt.
refusal-not_a_file-hint = Finden Sie heraus, wer sie dort angelegt hat; Plimsoll folgt in einem Bundle keinen Verweisen.
refusal-hard_linked = {$path} hat {$number} Namen, und ein anderer ist vielleicht in Gebrauch. Sie wurde nicht angerührt.
refusal-hard_linked-hint = Entfernen Sie erst die anderen Namen, wenn niemand sie braucht.
refusal-foreign_owner = {$path} gehört jemand anderem (uid {$number}). Sie wurde nicht angerührt.
refusal-foreign_owner-hint = Starten Sie Plimsoll als der Nutzer, der Claude verwendet.
refusal-read_only_volume = Das Volume {$path} ist nur lesbar eingehängt. Nichts wurde angerührt.
refusal-read_only_volume-hint = Hängen Sie es schreibbar ein und versuchen Sie es wieder.
refusal-immutable = {$path} ist gegen Änderungen geschützt. Sie wurde nicht angerührt.
refusal-immutable-hint = Jemand hat sie mit Absicht gesperrt. Entsperren: `chflags nouchg` auf dem Mac, `chattr -i -a` unter Linux.
refusal-changed = {$path} hat sich geändert, während Plimsoll hinsah. Alles ist wie vorher.
refusal-changed-hint = Claude arbeitet dort. Beenden Sie es und versuchen Sie es wieder.
refusal-vanished = {$path} ist nicht mehr da. Plimsoll hat nichts entfernt.
refusal-vanished-hint = `plimsoll status` zeigt, was jetzt da ist.
refusal-cannot_tell = {$path} lässt sich nicht prüfen ({$why}). Nichts wurde angerührt.
refusal-cannot_tell-hint = Rufen Sie `plimsoll doctor` auf; nicht zu wissen ist kein Grund zu löschen.
failed = Fehlgeschlagen: {$why}. Nichts ist verloren: Alles ist wie vorher oder wird beim nächsten Start beendet.
failed-hint = Rufen Sie `plimsoll doctor` auf.
