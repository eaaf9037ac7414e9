using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace RaftKv.Tidy;

/// <summary>
/// What the compiled assemblies really reference. The banned-symbol lists in eng/ say so at compile time; this looks at the result.
/// </summary>
public sealed class PurityTests
{
    [Fact]
    public void The_raft_core_references_no_clock_thread_task_file_socket_or_random_source()
    {
        string[] names = ["Random", "Guid", "DateTime", "DateTimeOffset", "TimeProvider", "Environment", "Stopwatch", "HashCode", "Debug"];
        Offenders.None(TypesUsed("RaftKv.Raft").Where(type =>
            type.Space.StartsWith("System.Threading", StringComparison.Ordinal)
            || type.Space.StartsWith("System.IO", StringComparison.Ordinal)
            || type.Space.StartsWith("System.Net", StringComparison.Ordinal)
            || type.Space.StartsWith("System.Diagnostics.Tracing", StringComparison.Ordinal)
            || type.Space.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal)
            || (type.Space.StartsWith("System", StringComparison.Ordinal) && names.Contains(type.Name)))
            .Select(type => $"{type.Space}.{type.Name}"));
    }

    [Fact]
    public void Storage_references_no_task_and_no_file_stream() =>
        Offenders.None(TypesUsed("RaftKv.Storage").Where(type =>
            type.Space.StartsWith("System.Threading.Tasks", StringComparison.Ordinal)
            || type is { Space: "System.IO", Name: "FileStream" }
            || type is { Space: "System.Diagnostics", Name: "Debug" })
            .Select(type => $"{type.Space}.{type.Name}"));

    [Theory]
    [InlineData("RaftKv.Raft", "RaftKv.Storage")]
    [InlineData("RaftKv.Storage", "RaftKv.Raft")]
    public void The_leaves_do_not_reference_each_other(string leaf, string other)
    {
        using PEReader file = Open(leaf);
        MetadataReader metadata = file.GetMetadataReader();
        Assert.DoesNotContain(other, metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)));
    }

    private static List<(string Space, string Name)> TypesUsed(string assembly)
    {
        using PEReader file = Open(assembly);
        MetadataReader metadata = file.GetMetadataReader();
        List<(string, string)> types = [];
        foreach (TypeReferenceHandle handle in metadata.TypeReferences)
        {
            TypeReference type = metadata.GetTypeReference(handle);
            types.Add((metadata.GetString(type.Namespace), metadata.GetString(type.Name)));
        }

        Assert.NotEmpty(types);
        return types;
    }

    private static PEReader Open(string assembly) => new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
}
