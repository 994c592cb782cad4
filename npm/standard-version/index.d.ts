/** Makes a release in the working folder: version files, changelog, commit and tag. Rejects with what was said on standard error. */
declare function standardVersion(options?: standardVersion.Options): Promise<void>

declare namespace standardVersion {
  export { standardVersion as default }

  /** Which program's habits are followed. */
  export type Profile = 'sv9' | 'catv12' | 'catv13'

  /** An updater is the path or the name of a module; an object with functions cannot be handed over. */
  export interface VersionFile {
    filename: string
    type?: string
    updater?: string
  }

  export interface CommitType {
    type: string
    section?: string
    hidden?: boolean
    scope?: string
    /** commit-and-tag-version 13. */
    effect?: 'bump' | 'changelog' | 'hidden'
  }

  export type Hook =
    | 'prerelease' | 'prebump' | 'postbump' | 'prechangelog' | 'postchangelog'
    | 'precommit' | 'postcommit' | 'pretag' | 'posttag'

  export interface Options {
    /** Bowline's own: whose habits. Found out where it is not given. */
    profile?: Profile
    /** Bowline's own: `exact` makes the known mistakes of the originals again. */
    compat?: 'exact'
    packageFiles?: Array<string | VersionFile>
    bumpFiles?: Array<string | VersionFile>
    releaseAs?: string
    prerelease?: string
    infile?: string
    /** @deprecated Use releaseCommitMessageFormat. */
    message?: string
    firstRelease?: boolean
    sign?: boolean
    /** commit-and-tag-version. */
    signoff?: boolean
    noVerify?: boolean
    commitAll?: boolean
    silent?: boolean
    tagPrefix?: string
    /** commit-and-tag-version. */
    tagForce?: boolean
    /** commit-and-tag-version; 0 for all releases. */
    releaseCount?: number
    scripts?: Partial<Record<Hook, string>>
    skip?: Partial<Record<'bump' | 'changelog' | 'commit' | 'tag', boolean>>
    dryRun?: boolean
    gitTagFallback?: boolean
    path?: string
    header?: string
    /** @deprecated Use header. */
    changelogHeader?: string
    preset?: string
    lernaPackage?: string
    /** commit-and-tag-version. */
    npmPublishHint?: string
    /** commit-and-tag-version 12.7 and newer. */
    noBumpWhenEmptyChanges?: boolean
    verbose?: boolean
    types?: CommitType[]
    preMajor?: boolean
    commitUrlFormat?: string
    compareUrlFormat?: string
    issueUrlFormat?: string
    userUrlFormat?: string
    releaseCommitMessageFormat?: string
    issuePrefixes?: string[]
    /** commit-and-tag-version; what JSON can say. */
    parserOpts?: Record<string, unknown>
    /** commit-and-tag-version; what JSON can say. */
    writerOpts?: Record<string, unknown>
  }
}

export = standardVersion
