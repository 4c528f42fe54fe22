//! The statistics behind the conclusions. What a maintained crate has is taken
//! from it (distribution functions, binomial coefficients); what is written
//! here names its source and is tested against published values.

pub(super) mod confidence_sequence;
pub(super) mod exact;
pub(super) mod paired;
pub(super) mod stratified;
pub(super) mod tail;
