"""tfcompat: personalised visual compatibility on Keras and TensorFlow."""

import importlib
import os
import sys
import warnings

from tfcompat.version import __version__

# Quiet start-up. Only defaults: whoever wants TensorFlow's log sets these.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
# Google's libraries warn of Python 3.10, the newest that TFX runs on.
warnings.filterwarnings("ignore", category=FutureWarning, module="google")


def _choose_keras_2():
    """Makes TensorFlow use tf_keras, or says why it no longer can.

    tensorflow-recommenders and KerasCV run on Keras 2 here and refuse Keras 3,
    and TensorFlow decides which one `tf.keras` is when it is first used.
    """
    chosen = os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    too_late = "tensorflow" in sys.modules and hasattr(
        sys.modules["tensorflow"].keras, "__version__"
    )
    if chosen.lower() not in ("1", "true") or too_late:
        raise ImportError(
            "tfcompat needs Keras 2 (tf_keras), but TensorFlow has already "
            "chosen Keras 3. Import tfcompat before tensorflow, or set the "
            "environment variable TF_USE_LEGACY_KERAS=1 before Python starts."
        )


_choose_keras_2()

# The public API, loaded on first use: `import tfcompat` stays instant.
_PUBLIC = {
    "Wardrobe": "tfcompat.data.wardrobe",
    "simulate": "tfcompat.data.simulator.simulation",
    "Simulation": "tfcompat.data.simulator.simulation",
    "World": "tfcompat.data.simulator.world",
    "ImageStore": "tfcompat.data.images",
    "decode_images": "tfcompat.data.images",
    "Questions": "tfcompat.data.questions",
    "questions_from_votes": "tfcompat.data.questions",
    "questions_from_table": "tfcompat.data.questions",
    "questions_from_stylists": "tfcompat.data.stylists",
    "make_attribute_changes": "tfcompat.data.attribute_tasks",
    "make_dataset": "tfcompat.data.pipeline",
    "compatible_pairs": "tfcompat.data.compatible_pairs",
    "compatibility_questions": "tfcompat.data.compatible_pairs",
    "read_attribute_labels": "tfcompat.data.attribute_labels",
    "read_outfits": "tfcompat.data.outfits",
    "AttributeConcatenation": "tfcompat.layers.attribute_concatenation",
    "AttributeLearners": "tfcompat.layers.attribute_learners",
    "AttributeMemory": "tfcompat.layers.attribute_memory",
    "AttributeProjection": "tfcompat.layers.attribute_projection",
    "AttributeSum": "tfcompat.layers.attribute_sum",
    "CategoryPairChoice": "tfcompat.layers.category_pair_choice",
    "ConditionAttention": "tfcompat.layers.condition_attention",
    "outfit_pairs": "tfcompat.data.outfit_pairs",
    "BoxedPhotos": "tfcompat.data.boxed_photos",
    "read_coco": "tfcompat.data.readers.coco",
    "crop_wardrobe": "tfcompat.data.cropping",
    "harvest_outfits": "tfcompat.data.harvesting",
    "join_wardrobes": "tfcompat.data.harvesting",
    "design_pairs": "tfcompat.data.design_batches",
    "make_design_dataset": "tfcompat.data.design_batches",
    "make_query_dataset": "tfcompat.data.design_batches",
    "CategoryPairAttention": "tfcompat.layers.category_pair_attention",
    "ColourEmbedding": "tfcompat.layers.colour_embedding",
    "CustomerAttention": "tfcompat.layers.customer_attention",
    "CustomerTable": "tfcompat.layers.customer_table",
    "DenseSubspaces": "tfcompat.layers.dense_subspaces",
    "FreeAttention": "tfcompat.layers.free_attention",
    "GroupProjection": "tfcompat.layers.group_projection",
    "GarmentMask": "tfcompat.layers.garment_mask",
    "HadamardMasks": "tfcompat.layers.hadamard_masks",
    "ItemLiking": "tfcompat.layers.item_liking",
    "LUVHistogram": "tfcompat.layers.luv_histogram",
    "DistillationHead": "tfcompat.layers.distillation_head",
    "MetaSpaces": "tfcompat.layers.meta_spaces",
    "MultiCrop": "tfcompat.layers.multi_crop",
    "VisionTransformer": "tfcompat.layers.vision_transformer",
    "VariationalCustomers": "tfcompat.layers.variational_customers",
    "CustomerItemTowers": "tfcompat.layers.customer_item_towers",
    "CustomerLabels": "tfcompat.layers.customer_labels",
    "CustomerVectors": "tfcompat.layers.customer_vectors",
    "EveryCustomer": "tfcompat.layers.every_customer",
    "ImageDecoder": "tfcompat.layers.image_decoder",
    "ImageDiscriminator": "tfcompat.layers.image_discriminator",
    "ImageEncoder": "tfcompat.layers.image_encoder",
    "MetricNetwork": "tfcompat.layers.metric_network",
    "VGG16Trunk": "tfcompat.layers.vgg16_trunk",
    "BPRLoss": "tfcompat.losses.bpr",
    "CalibratedLogisticLoss": "tfcompat.losses.calibrated_logistic",
    "ContrastiveLoss": "tfcompat.losses.contrastive",
    "GECoLoss": "tfcompat.losses.geco",
    "InfoNCELoss": "tfcompat.losses.info_nce",
    "LogisticLoss": "tfcompat.losses.logistic",
    "OutfitRankingLoss": "tfcompat.losses.outfit_ranking",
    "SemiHardLoss": "tfcompat.losses.semi_hard",
    "MatchingLoss": "tfcompat.losses.matching",
    "SelfDistillationLoss": "tfcompat.losses.self_distillation",
    "relativistic_average_loss": "tfcompat.losses.relativistic",
    "TripletLoss": "tfcompat.losses.triplet",
    "AUPRC": "tfcompat.metrics.auprc",
    "AveragePrecisionAtK": "tfcompat.metrics.average_precision_at_k",
    "CustomerAveraged": "tfcompat.metrics.customer_averaged",
    "FillInTheBlankAccuracy": "tfcompat.metrics.fill_in_the_blank",
    "FrechetDistance": "tfcompat.metrics.frechet_distance",
    "InceptionScore": "tfcompat.metrics.inception_score",
    "KernelDistance": "tfcompat.metrics.kernel_distance",
    "MeanReciprocalRank": "tfcompat.metrics.mean_reciprocal_rank",
    "NDCGAtK": "tfcompat.metrics.ndcg_at_k",
    "OppositeSSIM": "tfcompat.metrics.opposite_ssim",
    "ROCAUC": "tfcompat.metrics.roc_auc",
    "RecallAtK": "tfcompat.metrics.recall_at_k",
    "RecallAtPercent": "tfcompat.metrics.recall_at_percent",
    "evaluate_changes": "tfcompat.metrics.changed_attributes",
    "evaluate_votes": "tfcompat.metrics.vote_report",
    "BPRDAE": "tfcompat.models.baselines.bpr_dae",
    "GECo": "tfcompat.models.geco",
    "MGCM": "tfcompat.models.baselines.mgcm",
    "Popularity": "tfcompat.models.baselines.popularity",
    "RandomScores": "tfcompat.models.baselines.random_scores",
    "ADDE": "tfcompat.models.adde",
    "ADDEM": "tfcompat.models.adde_m",
    "OutfitScorer": "tfcompat.models.outfit_scorer",
    "FrozenCLIP": "tfcompat.models.frozen_clip",
    "Algorithm1": "tfcompat.models.designer",
    "Designer": "tfcompat.models.designer",
    "DiscoGAN": "tfcompat.models.baselines.discogan",
    "DomainTransfer": "tfcompat.models.baselines.domain_transfer",
    "MrCGAN": "tfcompat.models.baselines.mrcgan",
    "Pix2pix": "tfcompat.models.baselines.pix2pix",
    "make_cigm": "tfcompat.models.baselines.pix2pix",
    "GarmentEncoder": "tfcompat.models.garment_encoder",
    "garment_targets": "tfcompat.models.garment_encoder",
    "learn_heads": "tfcompat.models.garment_encoder",
    "JointSubspaceNet": "tfcompat.models.joint_subspace_net",
    "MEDAL": "tfcompat.models.medal",
    "MEDALEncoder": "tfcompat.models.medal",
    "MEDALLearning": "tfcompat.models.medal",
    "PartialDual": "tfcompat.models.partial_dual",
    "StyNet": "tfcompat.models.stynet",
    "SubspaceNet": "tfcompat.models.subspace_net",
    "TwoTower": "tfcompat.models.two_tower",
    "make_garment_detector": "tfcompat.models.garment_detector",
    "make_backbone": "tfcompat.models.backbones",
    "TrainedMatcher": "tfcompat.training.trained_matcher",
    "TrainedDetector": "tfcompat.training.trained_detector",
    "detect_items": "tfcompat.training.detected_crops",
    "detect_outfits": "tfcompat.training.detected_crops",
    "TrainedMedal": "tfcompat.training.trained_medal",
    "TrainedDesigner": "tfcompat.training.trained_designer",
    "TrainedScorer": "tfcompat.training.trained_scorer",
    "learn_new_customers": "tfcompat.training.new_customers",
    "execute": "tfcompat.training.execution",
    "load_config": "tfcompat.training.config_files",
    "evaluate_run": "tfcompat.evaluation.evaluate",
    "write_report": "tfcompat.evaluation.report",
    "write_design_report": "tfcompat.evaluation.design_report",
    "count_survey": "tfcompat.evaluation.design_survey",
    "CatalogueIndex": "tfcompat.retrieval.catalogue_index",
    "rank_streamed": "tfcompat.retrieval.streamed_ranking",
    "DesignIndex": "tfcompat.retrieval.design_index",
    "export_model": "tfcompat.export.export",
    "export_run": "tfcompat.export.export",
    "make_servable": "tfcompat.export.export",
    "publish": "tfcompat.export.versions",
    "write_saved_model": "tfcompat.export.saved_model",
    "read_warmup_requests": "tfcompat.export.warmup",
    "EmbeddedServer": "tfcompat.serving.embedded_server",
    "Client": "tfcompat.serving.client",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'tfcompat' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__():
    return sorted(__all__)
