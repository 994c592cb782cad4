//! `gate/branch`: only the branches that configuration names may release.

use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use globset::GlobBuilder;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Branch;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Allowed {
    /// The pattern that let the branch pass.
    pub pattern: String,
}

/// Why the branch may not release.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// No pattern matches.
    #[error("branch {branch} may not release: {allowed} may")]
    NotAllowed {
        /// The branch.
        branch: String,
        /// The patterns.
        allowed: String,
    },
    /// A pattern is not a glob.
    #[error("`{pattern}` in `release.branches` is not a pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        #[source]
        source: globset::Error,
    },
}

impl From<BranchError> for Failure {
    fn from(error: BranchError) -> Self {
        match &error {
            BranchError::NotAllowed { .. } => Self::from_error(FailureKind::Refused, "branch_not_allowed", &error)
                .hint("check out a release branch, or add this one in bowline.toml, to `release.branches` or to a `[channel]`"),
            BranchError::Pattern { .. } => Self::from_error(FailureKind::Config, "branch_pattern", &error)
                .hint("correct `release.branches` in bowline.toml"),
        }
    }
}

impl Check for Branch {
    type Receipt = Allowed;
    type Error = BranchError;
    const META: StepMeta = StepMeta {
        id: "gate/branch",
        stage: Stage::Gate,
        effect: Effect::Observe,
        needs: &[],
        tools: &[],
        summary: "the branch may release",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        if plan.requirements.branches.is_empty() {
            Verdict::Skip { reason: SkipReason::NotConfigured }
        } else {
            Verdict::Run
        }
    }

    fn check(&self, look: &Look<'_>) -> Result<Allowed, BranchError> {
        let branch = look.plan.repository.branch.as_str();
        let patterns = &look.plan.requirements.branches;
        for pattern in patterns {
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            let glob = glob.map_err(|source| BranchError::Pattern { pattern: pattern.clone(), source })?;
            if glob.compile_matcher().is_match(branch) {
                return Ok(Allowed { pattern: pattern.clone() });
            }
        }
        Err(BranchError::NotAllowed { branch: branch.to_owned(), allowed: patterns.join(", ") })
    }
}
