# SPDX-License-Identifier: GPL-2.0
#
# The door. With KDIR, an external kernel module like any other, built in
# place by that kernel's Kbuild:
#
#	make KDIR=/path/to/build [modules|modules_install|clean|...]
#
# Without, scripts/ferrite brings toolchain, kernels and virtual machines.
# `make help` says more.

MAKEFLAGS += --no-print-directory

ifdef KDIR
.DEFAULT_GOAL := modules
else
.DEFAULT_GOAL := help
endif

help:
	@echo  'Everything on its own, in a virtual machine (needs cargo, and root or user namespaces):'
	@echo  '  demo             - build for a stock kernel, boot it, show each module at work'
	@echo  '  check            - build, boot, run all tests; ends with passed, failed, skipped'
	@echo  '                     (LONG=1: with those that take hours)'
	@echo  '  bench            - what things cost, in instructions and in time, beside what they are held against'
	@echo  '                     (MODULE=pidfd|carried|litmus|harness: only that; COUNT=n: how often it is done)'
	@echo  '  doctor           - what this machine has and lacks'
	@echo  '  compat           - the kernels of no group: builds, loads, tests, samples; a table, JSON and a page'
	@echo  '                     (KERNELS=a,b: these kernels or groups, or all; SHARD=1/3: a part; OUT=dir: where the report goes)'
	@echo  '  samples          - upstream'"'"'s own Rust samples, unmodified: build, load, exercise, unload; a score board'
	@echo  '  compat-symbols   - would the kernel of KDIR take the module KO? From their files alone'
	@echo  '  litmus           - litmus tests of the kernel memory model, in Rust, judged by herd7'
	@echo  '                     (SUITE=kernel, the default, cycles, generated or mutations; COUNT=n instances of each;'
	@echo  '                     ARCH=arm64 or riscv: their machine code is compared, and nothing runs;'
	@echo  '                     FILES="a.litmus folder": tests of your own)'
	@echo  '  zap              - what compilers do with a pointer that outlives its object, by the form it is kept in'
	@echo  '  man              - manual pages and shell completions (OUT=dir: where they go; default: man/)'
	@echo  '  lint             - formatting, clippy, version checks'
	@echo  ''
	@echo  '    KERNEL=name          a kernel of kernels.toml (default: $(default-kernel))'
	@echo  '    PROVIDER=...         where the kernel crate comes from: auto (default), native, carried'
	@echo  '    RUNNER=...           qemu (default) or vng'
	@echo  '    TARGETS="pidfd"      only these selftests'
	@echo  '    FERRITE_CACHE=dir    where all is kept that is fetched or built: $(FERRITE_CACHE)'
	@echo  '    V=1                  show commands'
	@echo  ''
	@echo  '  $(ferrite:'%'=%) --help has more: vm (a command in a guest), shell (in the toolchain root), kernels'
	@echo  ''
	@echo  'For a kernel of your own, in place (KDIR: its build tree or header package):'
	@echo  '  make KDIR=...                  - build the modules'
	@echo  '  make KDIR=... modules_install  - install them'
	@echo  '  make KDIR=... selftests        - build the selftests'
	@echo  '  make KDIR=... clean            - remove what was built'
	@echo  '  make KDIR=... probes           - ask what that kernel has and lacks; prints the answers'
	@echo  '  make KDIR=... rustdoc          - documentation of the crates, in rustdoc/'
	@echo  '  make KDIR=... rust-analyzer    - write rust-project.json'
	@echo  '  make rustfmt, make rustfmtcheck'
	@echo  ''
	@echo  '    FERRITE_TESTS=y      with the in-kernel tests, run when a module loads'
	@echo  '    FORGE_VERSION=6.1.0  under a forged version of the kernel, which changes nothing (a test)'
	@echo  '    FERRITE_LINUX=dir    source of the newest kernel, for the carried provider and the selftests'
	@echo  '    W=1 CLIPPY=1 LLVM=1 V=1 ...  as in the kernel'

PHONY := help

# scripts/ferrite
# ---------------------------------------------------------------------------

FERRITE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ferrite
export FERRITE_CACHE
default-kernel := $(shell sed -n 's/^default *= *"\(.*\)"/\1/p' kernels.toml)

cargo-flags := --manifest-path scripts/Cargo.toml --target-dir '$(FERRITE_CACHE)/target'
ferrite := '$(FERRITE_CACHE)/target/release/ferrite'

# The first build shows its progress; later ones only what goes wrong.
define run-ferrite
	$(if $(word 2,$(FERRITE_CACHE)),$(error FERRITE_CACHE=$(FERRITE_CACHE): make cannot take a path with spaces))
	+@command -v cargo >/dev/null || { echo >&2 \
	  'cargo is missing: install Rust (rustup, or your distribution'"'"'s cargo of 1.85 or newer)'; exit 1; }
	+@mkdir -p '$(FERRITE_CACHE)/target' && test -w '$(FERRITE_CACHE)/target' || { echo >&2 \
	  'FERRITE_CACHE=$(FERRITE_CACHE) cannot be written: set FERRITE_CACHE to a folder that you may write'; exit 1; }
	+@cargo build --release --locked $(if $(wildcard $(FERRITE_CACHE)/target/release/ferrite),--quiet) $(cargo-flags)
	+@$(ferrite) $(if $(filter 1,$(V)),--verbose) $(1)
endef

kernel-args = $(if $(KERNEL),--kernel '$(KERNEL)') $(if $(PROVIDER),--provider '$(PROVIDER)')
run-args = $(kernel-args) $(if $(RUNNER),--runner '$(RUNNER)')

demo:
	$(call run-ferrite,demo $(run-args))
check:
	$(call run-ferrite,check $(run-args) $(if $(TARGETS),--targets '$(TARGETS)') $(if $(filter 1,$(LONG)),--long))
bench:
	$(call run-ferrite,bench $(run-args) $(if $(MODULE),--module '$(MODULE)') $(if $(COUNT),--count '$(COUNT)') $(if $(JSON),--json))
doctor:
	$(call run-ferrite,doctor)
lint:
	$(call run-ferrite,lint $(kernel-args))

man:
	$(call run-ferrite,man $(if $(OUT),--out '$(OUT)'))

compat:
	$(call run-ferrite,compat $(if $(KERNELS),--kernels '$(KERNELS)') $(if $(SHARD),--shard '$(SHARD)') \
		$(if $(OUT),--out '$(OUT)') $(if $(PROVIDER),--provider '$(PROVIDER)') $(if $(RUNNER),--runner '$(RUNNER)'))
samples:
	$(call run-ferrite,samples $(run-args) $(if $(JSON),--json))
litmus:
	$(call run-ferrite,litmus $(run-args) $(if $(SUITE),--suite '$(SUITE)') $(if $(COUNT),--count '$(COUNT)') $(if $(ARCH),--arch '$(ARCH)') $(FILES))
zap:
	$(call run-ferrite,zap)
compat-symbols:
	$(if $(and $(KO),$(KDIR)),,$(error compat-symbols: say KO=module.ko (or several, in the order of loading) and KDIR=/path/to/build))
	$(call run-ferrite,compat-symbols $(foreach ko,$(KO),--ko '$(ko)') --kdir '$(KDIR)' $(if $(JSON),--json))

PHONY += man zap litmus compat samples compat-symbols demo check bench doctor lint

# Plain Kbuild
# ---------------------------------------------------------------------------

ifdef KDIR
# scripts/kbuild/kdir.sh says what is wrong with KDIR, if anything, before Kbuild
# does, and decides the provider.
kbuild = +@$(3) provider=$$(scripts/kbuild/kdir.sh '$(KDIR)' '$(PROVIDER)') && \
	$(MAKE) -C '$(KDIR)' M='$(CURDIR)$(2)' FERRITE_PROVIDER="$$provider" $(1)

# A goal without modules leaves an empty list of them, by which modules_install
# would install nothing: the list of the last build stays.
keep-list = kept=$$(cat modules.order 2>/dev/null) && \
	  trap 'printf "%s\n" "$$kept" > modules.order' EXIT && trap 'exit 130' INT TERM;

modules modules_install:
	$(call kbuild,$@)
clean:
	+@$(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean
	+@$(MAKE) -C '$(KDIR)' M='$(CURDIR)/selftests' clean
	@rm -rf rustdoc rust-project.json
selftests:
	$(call kbuild,modules,/selftests)
# The answers serve the carried provider; any kernel can be asked.
probes: PROVIDER := carried
probes:
	$(call kbuild,FERRITE_GOAL=probes modules,,$(keep-list))
	@cat carried/probes.txt
rustdoc:
	$(call kbuild,FERRITE_GOAL=rustdoc modules,,$(keep-list))
	@echo 'rustdoc/ferrite/index.html'
rust-analyzer: modules
	$(call run-ferrite,rust-project --kdir '$(KDIR)')

PHONY += modules modules_install clean selftests probes rustdoc rust-analyzer
else
modules:
	$(call run-ferrite,build $(kernel-args))
clean:
	$(call run-ferrite,clean)
modules_install selftests probes rustdoc rust-analyzer:
	@echo >&2 'make $@: for which kernel? Say KDIR=/lib/modules/$$(uname -r)/build, or another build tree.'; exit 1

PHONY += modules clean modules_install selftests probes rustdoc rust-analyzer
endif

host-fmt = @if command -v cargo >/dev/null; then cargo fmt --manifest-path scripts/Cargo.toml --all $(1); \
	else echo 'the host tools were left out: cargo is missing'; fi
rustfmt:
	@scripts/kbuild/rustfmt.sh
	$(call host-fmt)
rustfmtcheck:
	@scripts/kbuild/rustfmt.sh --check
	$(call host-fmt,--check)

PHONY += rustfmt rustfmtcheck
.PHONY: $(PHONY)
