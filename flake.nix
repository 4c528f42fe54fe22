{
  description = "A terminal dashboard for hotglue jobs";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" "x86_64-darwin" ];
      for = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      manifest = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).package;
    in
    {
      packages = for (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.name;
          version = manifest.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The tests need a terminal and loopback sockets; .ci/run runs them.
          doCheck = false;
          postInstall = ''
            for shell in bash fish zsh; do $out/bin/hgtop completions $shell >hgtop.$shell; done
            installShellCompletion hgtop.{bash,fish,zsh}
            $out/bin/hgtop man --to man
            installManPage man/*.1
          '';
          meta = {
            inherit (manifest) description;
            license = pkgs.lib.licenses.mit;
            mainProgram = "hgtop";
          };
        };
      });
      devShells = for (pkgs: {
        default = pkgs.mkShell { packages = with pkgs; [ cargo rustc clippy rustfmt just typos cargo-deny ]; };
      });
    };
}
