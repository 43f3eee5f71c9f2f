"""Label formats of other programs, each both ways: KITTI, YOLO, COCO, Pascal VOC, CVAT."""
