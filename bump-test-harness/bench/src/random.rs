//! Numbers that look random and are the same in every run.

/// The generator SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound as u64) as usize
    }

    /// A number below `bound`, small ones far more often, as words in a text are.
    pub fn rank(&mut self, bound: usize) -> usize {
        let most = self.below(bound) + 1;
        let most = self.below(most) + 1;
        self.below(most)
    }

    pub fn pick<'a, T: ?Sized>(&mut self, choice: &[&'a T]) -> &'a T {
        choice[self.below(choice.len())]
    }
}

/// A word that is the same for the same number, of one to five syllables.
pub fn word(number: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "cor", "de", "fi", "gra", "hu", "ka", "lo", "men", "na", "or", "pli", "ra", "su",
        "ter", "vo",
    ];
    let mut rest = number;
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
        if rest == 0 {
            return word;
        }
    }
}
