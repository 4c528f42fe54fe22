# Everyday commands; `just` lists them. https://github.com/casey/just

# List the commands
default:
    @just --list

# Show the dashboard on a simulated rollout
demo *arguments:
    cargo run --release -- demo {{ arguments }}

# Run all tests, or those whose names contain FILTER
test *filter:
    cargo test {{ filter }}

# Check format, lints, spelling, documentation and dependencies
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    typos
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
    cargo deny check licenses bans sources

# Write the screens of the snapshot tests; review the difference before committing
snapshots:
    INSTA_UPDATE=always cargo test --test screens --test rollout_screens
    git diff --stat tests/snapshots

# Write the pages of the book that are made from the program
book:
    UPDATE_BOOK=1 cargo test --test book

# Write the JSON schemas in docs/schema
schemas:
    UPDATE_SCHEMAS=1 cargo test --test schemas

# Run the benchmarks, or those whose names contain FILTER
bench *filter:
    cargo bench --bench hgtop --bench conclusions -- {{ filter }}

# Record the instruction counts of what must stay fast
instructions:
    scripts/instructions.py --write

# Measure and write docs/performance.md; takes about six minutes once all is built
performance:
    scripts/measure.py

# Write the pictures of the README
pictures:
    cargo build --release
    cargo run --release --example picture still > assets/dashboard.svg
    cargo run --release --example picture rollout > assets/rollout.svg

# Build the API documentation, private items included
docs:
    cargo doc --no-deps --document-private-items --open

# Simulate SEEDS days, 24 hours each; see docs/simulation.md
simulate seeds="1000" from="0":
    cargo run --release --example simulation -- --from {{ from }} --seeds {{ seeds }}

# Fuzz TARGET for SECONDS
fuzz target seconds="600":
    cargo +nightly fuzz run {{ target }} -- -max_total_time={{ seconds }}

# Run everything that must pass before a change lands
ci:
    .ci/run
