// SPDX-License-Identifier: MIT
//! What an enum of the C headers becomes.

/// One value out of some. A number that this crate does not know comes back as the error.
macro_rules! values {
    (
        $(#[$doc:meta])* $name:ident { $($value:ident = $number:expr,)* } $(default $zero:ident)?
    ) => {
        $(#[$doc])*
        #[allow(missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum $name {
            $($value = $number,)*
        }

        $(
            /// What the C library takes 0 for
            impl Default for $name {
                fn default() -> Self {
                    Self::$zero
                }
            }
        )?

        impl std::convert::TryFrom<u32> for $name {
            type Error = u32;

            fn try_from(number: u32) -> Result<Self, u32> {
                match number {
                    $($number => Ok(Self::$value),)*
                    _ => Err(number),
                }
            }
        }
    };
}

/// A set of bits, known or not.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($flag:ident = $number:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub u32);

        #[allow(missing_docs)]
        impl $name {
            $(pub const $flag: Self = Self($number);)*

            /// Whether all bits of `other` are set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}
