# `release-files` fills in what stands between the at signs; the filled file is in each release and in the tap.
cask "plimsoll" do
  version "@VERSION@"
  sha256 "@SHA256@"

  url "https://github.com/@REPOSITORY@/releases/download/v#{version}/Plimsoll-#{version}.dmg"
  name "Plimsoll"
  desc "Shows what the Claude app's virtual machine takes on disk and gives it back"
  homepage "https://github.com/@REPOSITORY@"

  livecheck do
    url :url
    strategy :github_latest
  end

  depends_on macos: :ventura

  app "Plimsoll.app"
  binary "#{appdir}/Plimsoll.app/Contents/MacOS/plimsoll"

  uninstall quit: "@IDENTIFIER@"

  # Set-aside session disks are somebody's work and are left where they are, with the state folder they lie in.
  zap trash: [
    "~/Library/Caches/@IDENTIFIER@",
    "~/Library/HTTPStorages/@IDENTIFIER@",
    "~/Library/Preferences/@IDENTIFIER@.plist",
    "~/Library/WebKit/@IDENTIFIER@",
  ]
end
