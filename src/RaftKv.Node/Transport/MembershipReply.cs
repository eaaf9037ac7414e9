namespace RaftKv.Node.Transport;

/// <summary>How asking another member ended.</summary>
/// <param name="Answer">Its answer; null when there is none.</param>
/// <param name="WasSent">Whether the question may have reached it.</param>
/// <param name="Reason">Why there is no answer, in words.</param>
internal readonly record struct MembershipReply(MembershipAnswer? Answer, bool WasSent, string Reason);
