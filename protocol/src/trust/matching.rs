//! The largest matching in a bipartite graph, and a smallest cover.

/// Edges from `lefts` vertices on the left (numbered from 0) to those on the right, and a largest matching of them.
///
/// Augmenting paths (Kuhn): at most one search of all edges for each vertex on the right.
#[derive(Debug)]
pub(super) struct Matching {
    /// For each vertex on the right, its neighbours on the left.
    edges: Vec<Vec<usize>>,
    /// For each vertex on the left, its partner on the right.
    partner: Vec<Option<usize>>,
    size: usize,
}

impl Matching {
    /// The largest matching, or one of size `enough`. It is the same for the same edges in the same order.
    pub(super) fn new(lefts: usize, edges: Vec<Vec<usize>>, enough: usize) -> Matching {
        let mut matching = Matching {
            edges,
            partner: vec![None; lefts],
            size: 0,
        };
        for right in 0..matching.edges.len() {
            if matching.size >= enough {
                break;
            }
            if matching.augment(right) {
                matching.size += 1;
            }
        }
        matching
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The partner of a vertex on the left.
    pub(super) fn partner(&self, left: usize) -> Option<usize> {
        self.partner.get(left).copied().flatten()
    }

    /// Searches, breadth first, a way from the unmatched `right` to an unmatched vertex on the left, and turns it round.
    fn augment(&mut self, right: usize) -> bool {
        // For each vertex on the left that was seen, the one on the right it was reached from.
        let mut reached: Vec<Option<usize>> = vec![None; self.partner.len()];
        let mut queue = vec![right];
        let mut next = 0;
        while let Some(&from) = queue.get(next) {
            next += 1;
            for &left in &self.edges[from] {
                if reached[left].is_some() {
                    continue;
                }
                reached[left] = Some(from);
                match self.partner[left] {
                    Some(matched) => queue.push(matched),
                    None => {
                        self.turn(left, right, &reached);
                        return true;
                    }
                }
            }
        }
        false
    }

    fn turn(&mut self, free: usize, start: usize, reached: &[Option<usize>]) {
        let mut left = free;
        while let Some(from) = reached[left] {
            let before = (0..self.partner.len()).find(|l| self.partner[*l] == Some(from));
            self.partner[left] = Some(from);
            match before {
                Some(freed) if from != start => left = freed,
                _ => return,
            }
        }
    }

    /// A smallest set of vertices that every edge meets, left and right (König): of the vertices that alternating ways reach from the
    /// unmatched on the right, those on the left; and those on the right that none reaches. The matching must be a largest one.
    pub(super) fn cover(&self) -> (Vec<usize>, Vec<usize>) {
        let matched = |right: &usize| self.partner.contains(&Some(*right));
        let mut queue: Vec<usize> = (0..self.edges.len()).filter(|r| !matched(r)).collect();
        let mut right_seen = vec![false; self.edges.len()];
        let mut left_seen = vec![false; self.partner.len()];
        let mut next = 0;
        while let Some(&right) = queue.get(next) {
            next += 1;
            right_seen[right] = true;
            for &left in &self.edges[right] {
                if !left_seen[left] {
                    left_seen[left] = true;
                    queue.extend(self.partner[left]);
                }
            }
        }
        (
            (0..left_seen.len()).filter(|l| left_seen[*l]).collect(),
            (0..right_seen.len()).filter(|r| !right_seen[*r]).collect(),
        )
    }
}
