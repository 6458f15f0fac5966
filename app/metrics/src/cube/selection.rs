//! Which rows pass a query, and the group of each.

/// Consecutive rows of one path that pass.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) path: usize,
    pub(super) rows: std::ops::Range<usize>,
    /// The group of all its rows, where groups do not depend on the day.
    pub(super) group: u32,
}

/// Rows that pass, with the group of each.
pub(super) struct Selection {
    pub(super) runs: Vec<Run>,
    /// One per row of all runs, in order; none where each run lies in one group.
    pub(super) groups: Option<Vec<u32>>,
}

/// Groups of the rows of a run.
pub(super) enum Groups<'a> {
    One(usize),
    Each(&'a [u32]),
}

impl Selection {
    /// The same rows as one group.
    pub(super) fn as_one_group(&self) -> Self {
        Self { runs: self.runs.iter().map(|run| Run { group: 0, ..run.clone() }).collect(), groups: None }
    }

    /// The rows of those paths.
    pub(super) fn of_paths(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut kept = Self { runs: Vec::new(), groups: self.groups.is_some().then(Vec::new) };
        self.each_run(|run, groups| {
            if keep(run.path) {
                kept.runs.push(run.clone());
                if let (Some(all), Groups::Each(groups)) = (&mut kept.groups, groups) {
                    all.extend_from_slice(groups);
                }
            }
        });
        kept
    }

    pub(super) fn len(&self) -> usize {
        self.runs.iter().map(|run| run.rows.len()).sum()
    }

    pub(super) fn each_run(&self, mut visit: impl FnMut(&Run, Groups<'_>)) {
        let mut at = 0;
        for run in &self.runs {
            let end = at + run.rows.len();
            match &self.groups {
                None => visit(run, Groups::One(run.group as usize)),
                Some(groups) => visit(run, Groups::Each(&groups[at..end])),
            }
            at = end;
        }
    }

    /// Visits path, row and group of each row.
    pub(super) fn each_row(&self, mut visit: impl FnMut(usize, usize, usize)) {
        self.each_run(|run, groups| match groups {
            Groups::One(group) => run.rows.clone().for_each(|row| visit(run.path, row, group)),
            Groups::Each(groups) => {
                run.rows.clone().zip(groups).for_each(|(row, group)| visit(run.path, row, *group as usize));
            }
        });
    }

    pub(super) fn counts(&self, groups: usize) -> Vec<u32> {
        let mut counts = vec![0_u32; groups];
        self.each_run(|run, groups| match groups {
            Groups::One(group) => counts[group] += u32::try_from(run.rows.len()).unwrap_or(u32::MAX),
            Groups::Each(groups) => groups.iter().for_each(|group| counts[*group as usize] += 1),
        });
        counts
    }
}
