using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Opens the files of a log for writing, or creates them.</summary>
internal static class LogOpener
{
    public static RecoveredLog Open(IStorageDirectory directory, WalOptions options)
    {
        LogExaminer examiner = new(directory, options.StartsThreads);
        try
        {
            SegmentFiles files = new(directory, options);
            if (examiner.IsNew)
                return CreateLog(examiner, files, options);
            examiner.Read(progress: null);
            List<WalDamage> damage = examiner.Damage;
            if (damage.Count > 0 && !options.KeepWhatFollowsDamage)
                throw new StorageCorruptException(damage[0].File, damage[0].Offset, damage[0].What);
            damage.ForEach(found => files.Distrust(found.File));
            // A process that was killed, or met a failed flush, may have written records and made a segment whose name it never flushed.
            // They can be read, so they count as durable from here on. Behind a seal nothing is written before it is durable.
            if (!examiner.Scans[^1].IsStarted && examiner.Segments.Count > 1)
                examiner.Segments[^2].File.Flush();
            examiner.Segments[^1].File.Flush();
            directory.Flush();
            SetAside(examiner, files);
            return Recovered(examiner, files, damage);
        }
        catch
        {
            examiner.Dispose();
            throw;
        }
    }

    private static RecoveredLog CreateLog(LogExaminer examiner, SegmentFiles files, WalOptions options)
    {
        SegmentCandidate? unfinished = examiner.Candidates.FirstOrDefault();
        WalTornTail? torn = unfinished is null ? null : new WalTornTail(unfinished.File.Name, 0, unfinished.File.Length);
        examiner.Dispose();
        long identity = options.Identity != 0 ? options.Identity : SegmentFiles.DrawIdentity();
        Segment segment = files.Prepare(identity, 1, 0);
        return new RecoveredLog
        {
            Identity = identity,
            Segments = [segment],
            Groups = [],
            Files = files,
            Oldest = 1,
            End = SegmentHeader.AreaBytes,
            Chain = segment.Header.Seed,
            LeftoverEnd = SegmentHeader.AreaBytes,
            IsStarted = false,
            SealChecksum = 0,
            Report = new WalRecoveryReport { TornTail = torn },
        };
    }

    private static RecoveredLog Recovered(LogExaminer examiner, SegmentFiles files, List<WalDamage> damage)
    {
        SegmentScan last = examiner.Scans[^1];
        return new RecoveredLog
        {
            Identity = examiner.Segments[^1].Header.Identity,
            Segments = examiner.Segments,
            Groups = examiner.Groups,
            Files = files,
            Oldest = examiner.Oldest,
            End = last.End,
            Chain = last.Chain,
            LeftoverEnd = last.IsTorn ? last.LeftoverEnd : last.End,
            IsStarted = last.IsStarted,
            HasDamagedStart = last.IsStarted && !last.HasSoundStart,
            SealChecksum = examiner.SealChecksum,
            Report = new WalRecoveryReport
            {
                Segments = examiner.Segments.Count,
                Bytes = examiner.Scans.Sum(scan => scan.End),
                TornTail = examiner.TornTail,
                Damage = damage,
                DoubtfulGroups = examiner.DoubtfulGroups,
                MayLackGroups = damage.Exists(found => !found.LossIsKnown),
            },
        };
    }

    /// <summary>Everything outside the segments needed is free: released ones, and one prepared but never used.</summary>
    private static void SetAside(LogExaminer examiner, SegmentFiles files)
    {
        long last = examiner.Segments[^1].Header.Sequence;
        foreach (SegmentCandidate candidate in examiner.Candidates)
        {
            bool isNeeded = candidate.Sequence >= examiner.Oldest && candidate.Sequence <= last;
            if (isNeeded && candidate.IsSound)
                continue;
            candidate.Dispose();
            if (!isNeeded)
                files.AddSpare(candidate.File.Name);
        }
    }
}
