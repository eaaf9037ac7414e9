using System.Collections;
using System.Reflection;
using System.Text;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>
/// Everything a core remembers, as text: every field of every object it holds, except for what it only hands out (its outbox) and
/// how many messages it refused.
/// </summary>
internal static class StateDigest
{
    private static readonly Dictionary<Type, FieldInfo[]> Fields = [];

    public static string Of(RaftCore core)
    {
        StringBuilder text = new();
        Walk(core.Protocol, text, new HashSet<object>(ReferenceEqualityComparer.Instance));
        return text.ToString();
    }

    private static void Walk(object? value, StringBuilder text, HashSet<object> seen)
    {
        switch (value)
        {
            case null or Outbox or Delegate:
                text.Append('-');
                return;
            case string or ValueType when value is string || value.GetType().IsPrimitive || value.GetType().IsEnum:
                text.Append(value);
                return;
            case not ValueType when !seen.Add(value):
                text.Append('^');
                return;
            case IEnumerable items:
                foreach (object? item in items)
                    Walk(item, text.Append(','), seen);
                return;
            default:
                break;
        }
        foreach (FieldInfo field in FieldsOf(value.GetType()))
            Walk(field.GetValue(value), text.Append(field.Name).Append('='), seen);
        text.Append(';');
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        lock (Fields)
        {
            if (Fields.TryGetValue(type, out FieldInfo[]? known))
                return known;
            List<FieldInfo> fields = [];
            for (Type? each = type; each is not null; each = each.BaseType)
                fields.AddRange(each.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
            return Fields[type] = [.. fields];
        }
    }
}
