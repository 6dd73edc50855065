"""
What is not about a person, or reveals nothing about one: the rest of the data map.

For each class of rows that is not in `places`, by room: its attributes. These are what a business says about itself,
counts, rows of ids and money, and digests with a secret key (addresses that emails bounced from, rate limits,
what an audit entry changed). The numbers of a sale and of its refunds belong to the
books' own.
"""

# Rows whose key is a person's name or address, or a hash of it: they are deleted with the row they lead to.
DELETED_WITH = {
    "partners.PartnerAddress": "Partner",
    "partners.PartnerName": "Partner",
    "partners.NameHolder": "SharedName",
    "referrals.CustomerName": "Customer",
    "links.LinkName": "Link",
    "introductions.OfPerson": "Introduction",
}
IMPERSONAL = {
    "access.ApiKey": "created_at id last_four name object program_id revoked_at scopes secret_hash sort",
    "access.MagicLink": "created_at expires good_until holder_id id mailbox nonce sort used_at",
    "access.Session": "created_at ended_at expires good_until holder_id mailbox secret_hash sort",
    "access.SignedOut": "at holder_id sort",
    "access.RateCount": "expires hour times who",
    # People who administer, not partners or customers: removed ones are kept, so that their actions have a name.
    "users.User": "confirmed_at created_at email grants id locale name object removed_at sessions_after"
    " signed_in_at signed_in_before sort version",
    "users.UserAddress": "address sort user_id",
    "users.Owners": "ids key sort version",
    "payouts.ApprovalSettings": "above id kind sort version",
    "adjustments.Claim": "adjustment_id id kind sort",
    "adjustments.Waiting": "id kind object sort",
    "audit.AuditRow": "action actor chain id object row shard sort subject",
    "audit.AuditEntry": (
        "action actor after at before chain hash id kind object part previous request_id row seq session shard "
        "sort subject"
    ),
    "audit.AuditHead": "action actor at chain hash id object row seq shard sort subject",
    "introductions.IntroductionRow": "id kind sort",
    # Keyed digests of how a person is reached, and ids.
    "introductions.FirstInLine": "id introduction_id joined kind partner_id since sort",
    "introductions.WaitingInLine": "id introduction_id kind partner_id sort",
    "introductions.Talks": "begun_at forgotten_at forgotten_in id kind listed_in program_id sort",
    "introductions.OfPerson": "id kind sort",
    "introductions.Trial": "arrived_at arrived_by id kind number sent_at sent_to sort",
    "introductions.OpenIntroductions": "id kind latest number sort turn",
    "kit.CallReceipt": "body call expires fingerprint good_until sort status",
    "deletion.Deletion": "begun_at finished_at id kind sort",
    "partners.PartnerRow": "id kind sort",
    "partners.AnyStandingChange": (
        "by created_at effective_from id kind note number pinned_until program_id reached reason sort to what "
        "withholds words"
    ),
    "partners.StoppedPartner": "id kind sort",
    "partners.PartnerAddress": "id kind sort",
    "partners.NameHolder": "id kind since sort until",
    "partners.PartnerMerge": "created_at id into kind partner_id sort",
    "partners.PartnerName": "id kind partner_id sort",
    "referrals.ReferralRow": "customer_id kind sort",
    "referrals.CustomerName": "customer_id kind named sort",
    "referrals.ErasedName": "customer_id kind named sort",
    "referrals.Unreferred": "conversion_id customer_id kind sort",
    "conversions.ConversionRow": "id kind received_on sort",
    # Made of a conversion and a correction, and never stored.
    "conversions.CorrectedCredit": (
        "amended amount attribution binds breakdown code_key considered corrected correction_id credited_at currency "
        "customer_id external_id fingerprint given_back id ignored introduction_id itemized kind metadata newcomer "
        "number occurred_at partner_id products program_id received_at received_on referral_id referred_at refunded "
        "sale_of self_referral sort terms_version turns type voided_at was_by_page"
    ),
    "conversions.Refund": (
        "amount before breakdown currency external_id fingerprint id kind note program_id reason received_at "
        "received_on refund_id remaining_after remaining_before sort turns"
    ),
    "conversions.Restore": (
        "amount before breakdown currency external_id fingerprint id kind note program_id reason received_at "
        "received_on refund_id restore_id sort turn"
    ),
    "conversions.Amendment": (
        "amendment_id amount before breakdown currency external_id fingerprint id kind note program_id reason "
        "received_at received_on sort turn"
    ),
    "programs.ProgramRow": "id kind sort",
    "programs.Program": (
        "asking consent contact_email created_at currency end external_id former_zones hosts id imprint_url joining "
        "kind landing_url leaderboard logo look margin_bp name object origins postal_address privacy_url receiving "
        "reply_to revision sender_email sender_name share_texts sharing sort timezone webhook_nonce webhook_url"
    ),
    "programs.TermsVersion": (
        "base_without caps created_at effective_from hold_days id introductions kind minimum_payout "
        "minimum_payout_referee rules sort tiers touch version window_days withdrawn_at words"
    ),
    "programs.WebhookEndpoint": (
        "changed_at created_at failing_since format gives_benefits id kind nonce previous_nonce previous_until "
        "sort state types url"
    ),
    "programs.EndpointCredentials": "client_id client_secret id kind sort token",
    "programs.LogoFile": "content created_at height id kind media_type sort width",
    "programs.ProgramName": "id kind program_id sort",
    "roi.Cost": "amount created_at currency entered_by id kind month purpose sort what",
    "roi.CostPlace": "id kind place program_id sort",
    "roi.CostReversal": "created_at id kind note reversed_by sort",
    "rewards.RewardRow": "benefit_of hold_queue pk row sk",
    "rewards.Decision": (
        "amends amount base benefit_of binds carried category checks code_key conversion_id currency customer_id "
        "decided_at hold_queue number outcome partner_id pk program_id reason received_at referral_id rewards row "
        "sk stands terms_version tier what"
    ),
    "rewards.Outcome": "amount benefit_of code_key first_sale hold_queue pk program_id referee referrer row sk what",
    "rewards.CapUsage": "benefit_of hold_queue leased pk row sk used",
    "rewards.Budget": "benefit_of hold_queue leased pk row sk",
    "rewards.Matured": "benefit_of day hold_queue pk row sk",
    "payouts.PayoutRow": "id kind sort",
    "payouts.Payout": (
        "approved_at approved_by created_at created_by currency ended hash id items kind object paid paid_items "
        "part_starts position prepared_at prepared_by returned returned_items settled_at settled_to sort status total"
    ),
    "ledger.LedgerRow": "account row shard sort",
    "ledger.Head": "account at due expense frozen frozen_seq hash held paid payout row seq settled_seq shard sort",
    "links.LinkRow": "key kind sort",
    "links.LinkName": "code_key key kind sort",
    "links.LinkCount": "key kind number sort",
    "links.PartnerLink": "key kind sort",
    "emails.DigestItem": "amount benefit currency expires joined key sort template",
    "emails.DailyEmails": "expires key messages sort",
    "emails.CustomTemplate": "key language program_id sort subject template text updated_at",
    "emails.IntroducedMailbox": "key message_id since sort",
    "emails.Suppression": "key reason since sort",
    "stats.StatsRow": "partner pk program_day row sk",
    "stats.ClickCounts": "partner pk program_day row sk",
    "stats.OutcomeCounts": "partner pk program_day row sk",
    "stats.Rollup": (
        "as_of by_link by_terms cohorts links origins partner pk program_day quarters row shared sk steps sums"
    ),
    "stats.Sheet": "as_of cuts last partner pk program_day row sk",
    "stats.DaySums": "as_of cuts last partner pk program_day row sk sums",
    "stats.DayOrigins": "as_of cuts last origins partner pk program_day row sk",
    "stats.DayTerms": "as_of by_terms cuts last partner pk program_day row sk",
    "stats.CohortDay": "as_of months partner pk program_day row sk",
    "stats.MemberMonths": "first partner pk program_day row sk",
    "stats.DaySteps": "as_of cuts partner pk program_day row sk steps sums",
    "stats.Journey": "click early marks partner pk program_day row sk",
    "stats.Arrival": "customer_id partner pk program_day row sk",
    "stats.UniqueDay": "as_of human_clicks leads partner pk program_day row sales sk visitors",
    "stats.RollupCursor": "as_of closing cohorts_from hour late partner pk program_day row sk stepped_from summed_from",
    # Who brought whom, and sums of it, all by ids: an erased person stays, as an unnamed node.
    "graph.Graph": (
        "as_of buckets complete cycle_count cycles nodes partner partners pk program_day row sk slot sources sums "
        "walked_at"
    ),
    "graph.GraphWalk": "all_read as_of partner pk position program_day row sheets sk storing_at tries",
    "graph.PeopleSheet": "partner people pk program_day row sk",
    "graph.NodeSheet": "nodes partner pk program_day row sk",
    "graph.PlaceSheet": "partner pk places program_day row sk",
    "graph.SourceSheet": "partner pk program_day row sk sources",
    "graph.Bought": "amounts partner pk program_day row sk",
    "graph.BoughtWalk": "day page partner pk position program_day row shard sk",
    # What a business tells its partners.
    "materials.MaterialRow": "id kind sort",
    "materials.Material": (
        "audience channel created_at draft id kind language must_read object program_id published_at revision sort "
        "sort_of state title url version withdrawn_at"
    ),
    "materials.MaterialVersion": (
        "audience created_at digest id kind must_read number program_id published_at sort sort_of state title url words"
    ),
    # When a business asks, and what that brought: of nobody in particular.
    "moments.MomentRow": "id kind sort",
    "moments.Numbers": (
        "asks brought compared compared_brought declined due friends held_out id joined kind month opened revenue "
        "reward_cost rule sent shared shown_times skipped sort"
    ),
    "moments.Heard": "day id kind sort",
    "moments.Result": "expires id kind program_id revenue reward_cost sort version",
    # What a business aims for, and counts of the last day.
    "targets.TargetRow": "id kind sort",
    "targets.Target": (
        "begins created_at ended_at id kind metric object period program_id replaced_by revision sort subject until "
        "value"
    ),
    "targets.Claim": "id kind sort spans version",
    "targets.Check": (
        "category checked_at current day id kind object program_id since sort step sums tier version why"
    ),
    "targets.Summary": "checked_at concerns counts day first groups id kind sort",
    "reconciliation.DayReport": "begun_at day drift expires finished_at first kind left progress prompt step",
    "reconciliation.Measured": "by_program expires round step",
    "reconciliation.PromptnessDay": "as_of day expires program quarters",
    "privacy.Erasure": "address_keys before begun_at partition person_id position round_at source",
}
