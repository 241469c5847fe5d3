//! How the engine's value types travel: sums as `numeric(38,0)`, instants as `timestamptz`, days as
//! `date`. Written out since sqlx knows no 128-bit integer, and so that no second calendar library
//! stands between the engine and the store.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

use crate::engine::money::Micros;
use crate::engine::time::{Day, Instant};

/// 2000-01-01, PostgreSQL's epoch, in days since 1970-01-01.
const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

macro_rules! postgres_type {
    ($rust:ty, $oid:literal, $array_oid:literal) => {
        impl Type<Postgres> for $rust {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }
        impl PgHasArrayType for $rust {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array_oid))
            }
        }
    };
}

postgres_type!(Micros, 1700, 1231);
postgres_type!(Instant, 1184, 1185);
postgres_type!(Day, 1082, 1182);

fn binary<'r>(value: &PgValueRef<'r>) -> Result<&'r [u8], BoxDynError> {
    match value.format() {
        PgValueFormat::Binary => value.as_bytes(),
        PgValueFormat::Text => Err("expected the binary format".into()),
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&(self.as_micros() - EPOCH_MICROS).to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Instant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = i64::from_be_bytes(binary(&value)?.try_into()?);
        Ok(Instant::from_micros(micros).plus_micros(EPOCH_MICROS))
    }
}

impl Encode<'_, Postgres> for Day {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&(self.as_days() - EPOCH_DAYS).to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Day {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let days = i32::from_be_bytes(binary(&value)?.try_into()?);
        Ok(Day::from_days(days).plus_days(EPOCH_DAYS))
    }
}

/// Marks a negative number in the binary format of `numeric`.
const NUMERIC_NEGATIVE: u16 = 0x4000;
/// `numeric` travels in digits to this base.
const NUMERIC_BASE: u128 = 10_000;

impl Encode<'_, Postgres> for Micros {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let mut digits = [0_u16; 10];
        let mut count = 0;
        let mut rest = self.0.unsigned_abs();
        while rest > 0 {
            digits[count] = u16::try_from(rest % NUMERIC_BASE)?;
            rest /= NUMERIC_BASE;
            count += 1;
        }
        let weight = i16::try_from(count)? - 1;
        let sign = if self.0 < 0 { NUMERIC_NEGATIVE } else { 0 };
        buffer.extend_from_slice(&u16::try_from(count)?.to_be_bytes());
        buffer.extend_from_slice(&weight.max(0).to_be_bytes());
        buffer.extend_from_slice(&sign.to_be_bytes());
        buffer.extend_from_slice(&0_u16.to_be_bytes());
        for digit in digits[..count].iter().rev() {
            buffer.extend_from_slice(&digit.to_be_bytes());
        }
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Micros {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let bytes = binary(&value)?;
        let word = |index: usize| -> Result<u16, BoxDynError> {
            let pair = bytes.get(index * 2..index * 2 + 2).ok_or("short numeric")?;
            Ok(u16::from_be_bytes([pair[0], pair[1]]))
        };
        let (count, weight, sign) = (word(0)?, word(1)?, word(2)?);
        let mut magnitude: u128 = 0;
        for place in 0..=weight {
            let digit = if place < count {
                word(4 + usize::from(place))?
            } else {
                0
            };
            magnitude = magnitude
                .checked_mul(NUMERIC_BASE)
                .and_then(|shifted| shifted.checked_add(u128::from(digit)))
                .ok_or("numeric too wide")?;
        }
        if count > weight + 1 && count > 0 {
            return Err("numeric with decimals".into());
        }
        let magnitude = i128::try_from(magnitude)?;
        match sign {
            0 => Ok(Micros(magnitude)),
            NUMERIC_NEGATIVE => Ok(Micros(-magnitude)),
            _ => Err("numeric is not a number".into()),
        }
    }
}
